//! One line of a server hook's input, read strictly.

use crate::model::HashKind;
use crate::model::ObjectId;
use crate::rules::Code;
use crate::rules::Refusal;

/// One line of a server hook's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub old: Option<ObjectId>,
    pub new: Option<ObjectId>,
    pub name: String,
}

/// Reads a hook's input strictly. The last line may lack its line feed: some servers send it so.
pub fn parse_commands(input: &[u8], kind: HashKind) -> Result<Vec<Command>, Refusal> {
    let malformed = |message: &str| Refusal::new(Code::InputMalformed, message);
    let text = std::str::from_utf8(input).map_err(|_| Refusal::new(Code::RefName, "a ref's name is not UTF-8"))?;
    let mut commands = Vec::new();
    for line in text.split_terminator('\n') {
        let mut fields = line.splitn(3, ' ');
        let (Some(old), Some(new), Some(name)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(malformed("a line has fewer than three fields"));
        };
        let id = |text: &str| {
            let id: ObjectId = text.parse().map_err(|_| malformed("an object id is malformed"))?;
            if id.kind() != kind {
                return Err(malformed("an object id is of another kind of repository"));
            }
            Ok((!id.is_null()).then_some(id))
        };
        if name.is_empty() {
            return Err(malformed("a ref has no name"));
        }
        commands.push(Command { old: id(old)?, new: id(new)?, name: name.to_owned() });
    }
    Ok(commands)
}
