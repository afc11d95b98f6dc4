//! A tool: what it says of itself, and the command line that a call of it becomes.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::ui::ErrorWords;
use crate::ui::argument_words;

/// A command as a tool.
pub(crate) struct Tool {
    /// The command, which has the same name.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) effect: Effect,
    pub(crate) extent: Extent,
    pub(crate) parameters: &'static [Parameter],
}

/// What a call of a tool does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It answers, and "no" is an answer.
    Answers,
    /// It does something, and whatever keeps it from that is an error.
    Acts,
}

/// How much of an answer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// As much as is read in passing.
    Cut,
    /// All of it: the command keeps to a measure of its own.
    Whole,
}

/// An argument of a tool.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    pub(crate) need: Need,
}

/// What an argument may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    /// Several texts; one by itself will do.
    Texts,
    Flag,
    /// A number that is not negative.
    Number,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Where an argument stands on the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// After all options.
    Last,
    /// After this option.
    Option(&'static str),
}

/// Whether an argument may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
}

impl Tool {
    /// Returns the JSON Schema of the arguments.
    pub(crate) fn schema(&self) -> Map<String, Value> {
        let properties: Map<_, _> =
            self.parameters.iter().map(|parameter| (parameter.name.to_owned(), parameter.schema())).collect();
        let required: Vec<_> = self.required().map(|parameter| parameter.name).collect();
        let mut schema =
            Map::from_iter([("type".to_owned(), json!("object")), ("properties".to_owned(), properties.into())]);
        if !required.is_empty() {
            schema.insert("required".to_owned(), required.into());
        }
        schema.insert("additionalProperties".to_owned(), false.into());
        schema
    }

    /// Returns the words of the command line that a call becomes, or what is wrong with its arguments.
    pub(crate) fn words(&self, arguments: &Map<String, Value>) -> Result<Vec<String>, ErrorWords> {
        if let Some(missing) =
            self.required().find(|parameter| arguments.get(parameter.name).is_none_or(Value::is_null))
        {
            return Err(self.wrong(&format!("`{}` needs `{}`", self.name, missing.name)));
        }
        let (mut words, mut last) = (vec![self.name.to_owned()], Vec::new());
        for (name, value) in arguments.iter().filter(|(_, value)| !value.is_null()) {
            let Some(parameter) = self.parameters.iter().find(|parameter| parameter.name == name) else {
                let shown: String = name.chars().take(100).collect();
                return Err(self.wrong(&format!("`{}` has no argument `{shown}`", self.name)));
            };
            let Some(texts) = parameter.texts(value) else {
                let expected = parameter.kind.expected();
                return Err(self.wrong(&format!("`{name}` of `{}` is to be {expected}", self.name)));
            };
            match (parameter.place, parameter.kind) {
                (Place::Last, _) => last.extend(texts),
                (Place::Option(option), Kind::Flag) => words.extend(texts.iter().map(|_| option.to_owned())),
                (Place::Option(option), _) => words.extend(texts.iter().map(|text| format!("{option}={text}"))),
            }
        }
        // What follows is never taken for an option, whatever it begins with.
        words.push("--".to_owned());
        words.extend(last);
        Ok(words)
    }

    fn required(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.need == Need::Required)
    }

    fn wrong(&self, message: &str) -> ErrorWords {
        let names: Vec<_> = self.parameters.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
        let has = if names.is_empty() { "no arguments".to_owned() } else { names.join(", ") };
        argument_words(message, &format!("`{}` has {has}.", self.name))
    }
}

impl Parameter {
    fn schema(&self) -> Value {
        let mut schema = match self.kind {
            Kind::Text => json!({"type": "string"}),
            Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
            Kind::Flag => json!({"type": "boolean"}),
            Kind::Number => json!({"type": "integer"}),
            Kind::Word(words) => json!({"enum": words}),
        };
        if !self.about.is_empty() {
            schema["description"] = self.about.into();
        }
        schema
    }

    /// Returns what is said with an argument: nothing for what is not so, something for what is.
    fn texts(&self, value: &Value) -> Option<Vec<String>> {
        match (self.kind, value) {
            (Kind::Text | Kind::Texts, Value::String(text)) => Some(vec![text.clone()]),
            (Kind::Texts, Value::Array(texts)) => {
                texts.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<_>>()
            }
            (Kind::Word(words), Value::String(text)) => words.contains(&text.as_str()).then(|| vec![text.clone()]),
            (Kind::Number, Value::Number(number)) => number.as_u64().map(|number| vec![number.to_string()]),
            (Kind::Flag, Value::Bool(is_so)) => Some(is_so.then(String::new).into_iter().collect()),
            _ => None,
        }
    }
}

impl Kind {
    fn expected(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Texts => "a list of texts".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
        }
    }
}
