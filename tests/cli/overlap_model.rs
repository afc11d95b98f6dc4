//! A model of the user's in a folder (`coord.overlap.model`).

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;

const KEY: &str = "coord.overlap.model";

struct Stage {
    sandbox: Sandbox,
    maria: Actor,
}

impl Stage {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let maria = sandbox.ledger();
        let alice = maria.agent("alice");
        alice.coord(&["claim", "a/", "--intent", "Sweep the garden"]).ok();
        alice.coord(&["claim", "b/", "--intent", "Mow meadows by tractor"]).ok();
        alice.coord(&["claim", "c/", "--intent", "Explain releases"]).ok();
        Self { sandbox, maria }
    }

    /// Asks what is similar; how long claims last yet is left out.
    fn ask(&self) -> Value {
        let mut found = self.maria.coord(&["similar", "Mow the lawn"]).ok().json();
        for one in found["similar"].as_array_mut().unwrap() {
            one["doing"] = Value::Null;
        }
        found
    }

    /// Asks with a setting of which nothing comes, and returns why.
    fn without(&self, before: &Value, code: &str, part: &str) {
        let mut told = self.ask();
        let fault = told["fault"].take();
        assert_eq!(&told, before, "the table ranks as before");
        assert_eq!(fault["code"], code, "{fault}");
        let said = self.maria.say(&["similar", "Mow the lawn"]).ok();
        assert_eq!(said.stderr.lines().count(), 1, "{said}");
        for part in [KEY, code, part, "the built-in table decided alone"] {
            assert!(said.stderr.contains(part), "{part}: {said}");
        }
    }
}

/// The setting is the user's, and nothing fails for it.
#[cfg(not(feature = "model"))]
#[test]
fn without_the_feature_the_setting_says_how_to_have_it() {
    let stage = Stage::new();
    let before = stage.ask();
    assert_eq!(before["fault"], Value::Null);
    stage.maria.git(&["config", KEY, &stage.sandbox.root.display().to_string()]);
    stage.without(&before, "overlap.model-not-built", "--features model");
    let claimed = stage.maria.say(&["claim", "d/", "--intent", "Mow the lawn"]).ok();
    assert!(claimed.stderr.contains("--features model"), "{claimed}");
    assert!(!stage.sandbox.root.join("work/.git/coord/model-vectors").exists());
    stage.maria.git(&["config", "--unset", KEY]);
    assert_eq!(stage.maria.say(&["similar", "Explain a release"]).ok().stderr, "");
}

#[test]
fn program_and_model_at_once_are_none() {
    let stage = Stage::new();
    let before = stage.ask();
    stage.maria.git(&["config", KEY, "/nowhere"]);
    stage.maria.git(&["config", "coord.overlap.command", "/bin/false"]);
    stage.without(&before, "overlap.two-settings", "coord.overlap.command is set as well");
    // Nothing at all takes the place of what the user set for all clones.
    for key in [KEY, "coord.overlap.command"] {
        stage.maria.git(&["config", key, ""]);
    }
    assert_eq!(stage.ask(), before);
}

#[cfg(feature = "model")]
mod with_the_feature {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::support::sandbox::text;
    use crate::support::tiny_model::TinyModel;

    const PIN: &str = "coord.overlap.model-sha256";

    impl Stage {
        fn folder(&self) -> PathBuf {
            self.sandbox.root.join("tiny-model")
        }

        fn with_model() -> (Self, Value) {
            let stage = Self::new();
            TinyModel::new().write(&stage.folder());
            let before = stage.ask();
            stage.maria.git(&["config", KEY, &stage.folder().display().to_string()]);
            (stage, before)
        }

        fn kept(&self) -> PathBuf {
            self.sandbox.root.join("work/.git/coord/model-vectors")
        }
    }

    fn first(found: &Value) -> String {
        text(&found["similar"][0]["intent"])
    }

    #[test]
    fn model_of_the_user_ranks_what_is_similar() {
        let (stage, before) = Stage::with_model();
        assert_eq!(first(&before), "Mow meadows by tractor", "{before}");
        let after = stage.ask();
        assert_eq!(first(&after), "Sweep the garden", "{after}");
        assert!(text(&after["model"]).starts_with(&format!("{}+tiny-model@", text(&before["model"]))), "{after}");
        assert_eq!(after["fault"], Value::Null);
        // What it said is kept, and holds no texts; it is not computed again, whatever is in the files by now.
        let kept = fs::read(stage.kept()).unwrap();
        assert!(!String::from_utf8_lossy(&kept).contains("garden"));
        assert_eq!(stage.ask(), after);
        assert_eq!(fs::read(stage.kept()).unwrap(), kept);
        let made = stage.maria.coord(&["claim", "d/", "--intent", "Sweep the lawn"]).ok().json();
        assert_eq!(first(&made), "Sweep the garden", "{made}");
        assert!(fs::read(stage.kept()).unwrap().len() > kept.len());
        // What is torn, or damaged, is computed anew.
        for damage in [&kept[..60], &kept[..kept.len() - 3], b"", &[&kept[..kept.len() - 4], &[255; 4]].concat()] {
            fs::write(stage.kept(), damage).unwrap();
            let again = stage.ask();
            assert_eq!((first(&again), &again["model"]), ("Sweep the lawn".to_owned(), &after["model"]));
            assert!(fs::read(stage.kept()).unwrap().len() > kept.len());
        }
        // Other files are another model.
        let mut other = TinyModel::new();
        other.weights[0].2.reverse();
        other.write(&stage.folder());
        assert_ne!(stage.ask()["model"], after["model"]);
    }

    #[test]
    fn without_its_answer_the_table_ranks() {
        let (stage, before) = Stage::with_model();
        let file = stage.folder().join("model.safetensors");
        let weights = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        stage.without(&before, "overlap.model-files", "model.safetensors");
        fs::write(&file, &weights[..weights.len() / 2]).unwrap();
        stage.without(&before, "overlap.model-unusable", "model.safetensors");
        // Nothing fails for it.
        let claimed = stage.maria.say(&["claim", "d/", "--intent", "Rake leaves"]).ok();
        assert!(claimed.stderr.contains("overlap.model-unusable"), "{claimed}");
        fs::write(&file, &weights).unwrap();
        stage.maria.git(&["config", KEY, "tiny-model"]);
        let mut before = stage.ask();
        before["fault"] = Value::Null;
        stage.without(&before, "overlap.model-files", "no absolute path");
        stage.maria.git(&["config", KEY, &stage.folder().display().to_string()]);
        assert_eq!(first(&stage.ask()), "Sweep the garden");
    }

    #[test]
    fn model_is_the_one_that_is_meant() {
        let (stage, before) = Stage::with_model();
        let files = ["model.safetensors", "tokenizer.json", "config.json"]
            .map(|name| fs::read(stage.folder().join(name)).unwrap());
        fs::write(stage.sandbox.root.join("all"), files.concat()).unwrap();
        let hash = std::process::Command::new("sha256sum").arg(stage.sandbox.root.join("all")).output().unwrap();
        let hash = String::from_utf8(hash.stdout).unwrap()[..64].to_owned();
        stage.maria.git(&["config", PIN, &hash]);
        let found = stage.ask();
        assert_eq!(first(&found), "Sweep the garden");
        assert!(text(&found["model"]).ends_with(&hash[..8]));
        stage.maria.git(&["config", PIN, &"0".repeat(64)]);
        stage.without(&before, "overlap.model-other", &hash);
        stage.maria.git(&["config", PIN, "mine"]);
        stage.without(&before, "overlap.model-other", "no SHA-256");
    }
}
