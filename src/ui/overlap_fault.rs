//! Why the built-in table said alone how alike texts are, and what to do about it.

use serde_json::Value;
use serde_json::json;

use crate::ops::similar::Comparison;
use crate::ops::similar::Fault;
use crate::ui::report::plain;

/// Returns it as a remark for people, if there is anything to say.
pub(crate) fn fault_note(compared: &Comparison) -> Option<String> {
    let fault = compared.fault.as_ref()?;
    let (why, next) = words(fault);
    let setting = fault.setting();
    Some(plain(&format!(
        "{setting} was of no use, so the built-in table decided alone: {why} ({}); {next}",
        fault.code()
    )))
}

/// Returns it as programs read it; nothing if there is nothing to say.
pub(crate) fn fault_json(compared: &Comparison) -> Value {
    let Some(fault) = &compared.fault else { return Value::Null };
    let (why, next) = words(fault);
    json!({ "code": fault.code(), "setting": fault.setting(), "message": why, "hint": next })
}

/// Returns what is wrong, and what to do.
fn words(fault: &Fault) -> (String, &'static str) {
    let folder =
        "the folder has to hold `model.safetensors`, `tokenizer.json` and `config.json` of a BERT sentence model";
    match fault {
        Fault::Command(why) => (why.clone(), "mend it, or take it out with `git config --unset`"),
        Fault::Both => (
            "coord.overlap.command is set as well".to_owned(),
            "take one of the two out with `git config --unset`, or set it to nothing here",
        ),
        Fault::ModelNotBuilt => (
            "this git coord was built without models".to_owned(),
            "build it anew with `cargo install --path . --features model`, or take the setting out with `git config --unset`",
        ),
        Fault::ModelPath(path) => (format!("`{path}` is no absolute path"), "write the whole path of the folder"),
        Fault::ModelFile { file, reason } => (
            format!("`{file}`: {reason}"),
            "`model.safetensors`, `tokenizer.json` and `config.json` have to be there, as files and not as links (`cp -rL`)",
        ),
        Fault::ModelUnusable(why) => (why.clone(), folder),
        Fault::ModelPin(pin) => (
            format!("`{pin}` is no SHA-256"),
            "write what `cat model.safetensors tokenizer.json config.json | sha256sum` says",
        ),
        Fault::ModelOther { found } => (
            format!("the files have the SHA-256 {found}"),
            "bring back the files that are meant, or set it to this if the new ones are",
        ),
        Fault::ModelSlow { done, asked } => (
            format!("it came to {done} of {asked} texts in time"),
            "they are kept, so ask again, until it has come to all",
        ),
    }
}
