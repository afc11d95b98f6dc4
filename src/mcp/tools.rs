//! The tools. What stands here costs every model that connects, in every session: as few words as will do.

use std::sync::Arc;

use rmcp::model::ToolAnnotations;

use crate::mcp::tool::Effect;
use crate::mcp::tool::Extent;
use crate::mcp::tool::Kind;
use crate::mcp::tool::Need;
use crate::mcp::tool::Parameter;
use crate::mcp::tool::Place;
use crate::mcp::tool::Tool;

const PATHS: Parameter = last("paths", "Files, directories or globs", Kind::Texts);
const SOME_PATHS: Parameter = Parameter { need: Need::Optional, ..PATHS };
const TTL: Parameter = option("ttl", "--ttl", "How long: 30m, 4h", Kind::Text);
const NAMED: Parameter = Parameter { need: Need::Optional, ..last("claims", "Ids, or their paths", Kind::Texts) };
const REQUEST: Parameter = last("request", "Its id", Kind::Text);
const DELTA: Parameter = Parameter {
    need: Need::Required,
    ..option("delta", "--delta", "Digest of the change you read, from show", Kind::Text)
};
const REASON: Parameter = option("reason", "--reason", "", Kind::Text);
const FORCE: Parameter = option("force", "--force", "Also if another said so in the same words", Kind::Flag);
const INTENT: Parameter =
    Parameter { need: Need::Required, ..option("intent", "--intent", "What you are about to do there", Kind::Text) };

const fn last(name: &'static str, about: &'static str, kind: Kind) -> Parameter {
    Parameter { name, about, kind, place: Place::Last, need: Need::Required }
}

const fn option(name: &'static str, option: &'static str, about: &'static str, kind: Kind) -> Parameter {
    Parameter { name, about, kind, place: Place::Option(option), need: Need::Optional }
}

const fn asks(name: &'static str, about: &'static str, parameters: &'static [Parameter]) -> Tool {
    Tool { name, about, effect: Effect::Answers, extent: Extent::Cut, parameters }
}

const fn acts(name: &'static str, about: &'static str, parameters: &'static [Parameter]) -> Tool {
    Tool { name, about, effect: Effect::Acts, extent: Extent::Cut, parameters }
}

/// All tools.
pub(crate) const TOOLS: &[Tool] = &[
    Tool {
        // What binds is never left out.
        extent: Extent::Whole,
        ..asks(
            "brief",
            "What you must know before you touch these paths: call it first",
            &[SOME_PATHS, option("budget", "--budget", "In how many tokens", Kind::Number)],
        )
    },
    asks("status", "Who works where, what waits, what is in flight", &[SOME_PATHS]),
    asks("inbox", "What waits for you, most binding first", &[]),
    asks("check", "Whether you may touch these paths now", &[PATHS]),
    asks("similar", "What others do that reads like an intent", &[last("intent", "", Kind::Text)]),
    asks(
        "show",
        "One record with its story; a request with its delta",
        &[last("id", "Of a claim, request, finding, decision or principal", Kind::Text)],
    ),
    acts(
        "claim",
        "Take a lease on paths before you edit them",
        &[
            SOME_PATHS,
            INTENT,
            option("wait", "--wait", "Queue, and wait so long: 90s, 10m", Kind::Text),
            option("queue", "--queue", "Queue without waiting", Kind::Flag),
            option("shared", "--shared", "Let others share it", Kind::Flag),
            TTL,
            option("resources", "--resource", "Such as port:8080", Kind::Texts),
            option("takeover", "--takeover", "Take over what expired long enough ago", Kind::Flag),
            FORCE,
        ],
    ),
    acts("renew", "Extend claims; all of yours if none is named", &[NAMED, TTL]),
    acts(
        "release",
        "Give claims back",
        &[
            NAMED,
            option("all", "--all", "All of yours", Kind::Flag),
            option("branch", "--branch", "Where the work is", Kind::Text),
            option("note", "--note", "For whoever comes next", Kind::Text),
        ],
    ),
    acts(
        "find",
        "Leave a finding on paths, a commit or a request",
        &[
            last("text", "What you observed", Kind::Text),
            option("paths", "--on", "", Kind::Texts),
            option("commit", "--commit", "", Kind::Text),
            option("request", "--request", "", Kind::Text),
            option("kind", "--kind", "", Kind::Word(&["note", "bug", "risk", "question"])),
            option("severity", "--severity", "", Kind::Word(&["low", "medium", "high", "critical"])),
            FORCE,
        ],
    ),
    asks("decisions", "What is settled for these paths", &[SOME_PATHS]),
    acts(
        "decide",
        "Settle a question for whoever works on some paths",
        &[
            last("question", "In one line", Kind::Text),
            Parameter { need: Need::Required, ..option("answer", "--answer", "What holds from now on", Kind::Text) },
            option("paths", "--on", "", Kind::Texts),
            option("supersedes", "--supersedes", "Decision it replaces", Kind::Text),
            FORCE,
        ],
    ),
    acts("resolve", "Say that a finding is dealt with", &[last("finding", "Its id", Kind::Text)]),
    acts(
        "request",
        "Ask to land a branch",
        &[
            Parameter { need: Need::Optional, ..last("branch", "Branch or commit; HEAD if left out", Kind::Text) },
            option("into", "--into", "Branch to land on", Kind::Text),
            option("title", "--title", "", Kind::Text),
            option("summary", "--summary", "What approvers should know", Kind::Text),
            option("update", "--update", "Request to bring up to date instead", Kind::Text),
            option("close", "--close", "Request to close instead", Kind::Text),
            FORCE,
        ],
    ),
    acts("approve", "Approve exactly the change that you read", &[REQUEST, DELTA, REASON]),
    acts("reject", "Say no to exactly the change that you read", &[REQUEST, DELTA, REASON]),
    acts("land", "Decide, push and record the landing of a request", &[REQUEST]),
];

/// Returns the tools as clients are told of them.
pub(crate) fn told() -> Vec<rmcp::model::Tool> {
    TOOLS.iter().map(one).collect()
}

fn one(tool: &Tool) -> rmcp::model::Tool {
    let told = rmcp::model::Tool::new(tool.name, tool.about, Arc::new(tool.schema()));
    match tool.effect {
        Effect::Answers => told.with_annotations(ToolAnnotations::new().read_only(true)),
        Effect::Acts => told,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(tool: &str, arguments: serde_json::Value) -> Result<Vec<String>, String> {
        let tool = TOOLS.iter().find(|known| known.name == tool).unwrap();
        tool.words(arguments.as_object().unwrap()).map_err(|words| words.message)
    }

    /// What a tool says in a session is paid for in every session: 3,000 tokens, at three bytes a token.
    #[test]
    fn all_tools_together_cost_few_tokens() {
        let bytes = serde_json::to_string(&told()).unwrap().len();
        assert!(bytes <= 9_000, "{bytes} bytes");
    }

    #[test]
    fn call_is_a_command_line_in_which_no_argument_can_be_an_option() {
        let claimed =
            words("claim", json!({"paths": ["--force", "a b"], "intent": "-x", "queue": true, "shared": false}));
        assert_eq!(claimed.unwrap(), ["claim", "--intent=-x", "--queue", "--", "--force", "a b"]);
        assert_eq!(
            words("claim", json!({"paths": "a", "intent": "x", "ttl": null})).unwrap(),
            ["claim", "--intent=x", "--", "a"]
        );
        assert_eq!(words("inbox", json!({})).unwrap(), ["inbox", "--"]);
        assert_eq!(words("brief", json!({"budget": 90})).unwrap(), ["brief", "--budget=90", "--"]);
    }

    #[test]
    fn argument_that_is_not_right_is_refused() {
        assert_eq!(words("approve", json!({"request": "r-1"})).unwrap_err(), "`approve` needs `delta`");
        assert_eq!(words("check", json!({"paths": ["a"], "as": "root"})).unwrap_err(), "`check` has no argument `as`");
        assert_eq!(words("check", json!({"paths": [1]})).unwrap_err(), "`paths` of `check` is to be a list of texts");
        assert_eq!(
            words("find", json!({"text": "x", "kind": "joke"})).unwrap_err(),
            "`kind` of `find` is to be one of note, bug, risk, question"
        );
        assert_eq!(
            words("claim", json!({"intent": "x", "queue": "yes"})).unwrap_err(),
            "`queue` of `claim` is to be true or false"
        );
        assert_eq!(words("brief", json!({"budget": -1})).unwrap_err(), "`budget` of `brief` is to be a number");
        assert!(words("approve", json!({"request": "r-1", "delta": "sha256:1"})).is_ok());
    }
}
