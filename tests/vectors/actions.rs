//! The digests of actions: what an approval of a command approves.

use git_coord::format::action_digest;
use git_coord::model::Argument;
use git_coord::model::Digest;
use git_coord::model::Input;
use git_coord::model::InputPath;
use git_coord::model::Order;
use git_coord::model::RecordName;
use serde_json::Value;
use serde_json::json;
use sha2::Digest as _;
use sha2::Sha256;

use crate::vectors::AUDIENCE;
use crate::vectors::frozen;
use crate::vectors::hex;
use crate::vectors::text;

/// A name, an action, a command, and inputs with what their files say.
type Case = (&'static str, &'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const ACTIONS: &[Case] = &[
    ("program alone", "deploy", &["./deploy.sh"], &[]),
    ("arguments", "deploy", &["./deploy.sh", "--to", "production"], &[]),
    ("arguments in one", "deploy", &["./deploy.sh", "--to production"], &[]),
    ("empty argument", "deploy", &["./deploy.sh", "", "--to", "production"], &[]),
    ("argument beyond ASCII", "deploy", &["./deploy.sh", "größe"], &[]),
    ("another action", "publish", &["./deploy.sh", "--to", "production"], &[]),
    ("input", "deploy", &["./deploy.sh"], &[("deploy.toml", "one")]),
    ("input of another content", "deploy", &["./deploy.sh"], &[("deploy.toml", "two")]),
    ("input as an argument", "deploy", &["./deploy.sh", "deploy.toml"], &[]),
    ("two inputs", "deploy", &["./deploy.sh"], &[("a", ""), ("b", "one")]),
    ("two inputs in another order", "deploy", &["./deploy.sh"], &[("b", "one"), ("a", "")]),
];

fn vector((name, action, argv, inputs): &Case) -> Value {
    let input = |(path, content): &(&str, &str)| Input {
        path: InputPath::parse(path).unwrap(),
        digest: Digest::new(Sha256::digest(content).into()),
    };
    let order = Order {
        argv: argv.iter().map(|argument| Argument::parse(argument).unwrap()).collect(),
        inputs: inputs.iter().map(input).collect(),
    };
    let digest = action_digest(AUDIENCE, &RecordName::parse(action).unwrap(), &order);
    let shown =
        order.inputs.iter().map(|input| json!({ "path": input.path.as_str(), "sha256": hex(input.digest.as_bytes()) }));
    json!({
        "name": name,
        "audience": AUDIENCE,
        "action": action,
        "argv": argv,
        "inputs": shown.collect::<Vec<_>>(),
        "digest": digest.to_string(),
    })
}

/// Hashes a vector as `schema/vectors/README.md` says, with nothing of ours.
fn digest_by_the_book(vector: &Value) -> String {
    let number = |number: usize| (number as u64).to_be_bytes().to_vec();
    let part = |bytes: &[u8]| [number(bytes.len()), bytes.to_vec()].concat();
    let mut bytes = part(b"git-coord action 1");
    bytes.extend(part(text(vector, "audience").as_bytes()));
    bytes.extend(part(text(vector, "action").as_bytes()));
    let argv = vector["argv"].as_array().unwrap();
    bytes.extend(number(argv.len()));
    argv.iter().for_each(|argument| bytes.extend(part(argument.as_str().unwrap().as_bytes())));
    let inputs = vector["inputs"].as_array().unwrap();
    bytes.extend(number(inputs.len()));
    for input in inputs {
        bytes.extend(part(text(input, "path").as_bytes()));
        bytes.extend(part(&super::unhex(&input["sha256"])));
    }
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

#[test]
fn actions_have_their_frozen_digests() {
    let vectors = frozen("actions", ACTIONS.iter().map(vector).collect());
    for vector in &vectors {
        assert_eq!(digest_by_the_book(vector), vector["digest"], "{}", vector["name"]);
    }
    let mut digests: Vec<&str> = vectors.iter().map(|vector| text(vector, "digest")).collect();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), vectors.len());
}
