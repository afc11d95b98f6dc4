//! A table of ours in a TOML file that its program writes as well. The program may drop our marks, or write between them:
//! what is ours is known by what it says, and every other line stays.

use toml::Table;
use toml::Value;

use super::SettingsFault;
use super::block::attached;
use super::block::detached;
use super::block::lines_of;
use super::block::replaced;

const START: &str = "# >>> git-coord >>>";
const END: &str = "# <<< git-coord <<<";

/// A server of ours, as a table below another one: a command, its arguments, and which variables it is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerTable {
    pub above: &'static str,
    pub name: &'static str,
    pub command: String,
    pub arguments: Vec<&'static str>,
    pub variables: Vec<&'static str>,
}

impl ServerTable {
    /// Puts the table at the end of a file or of none, or in the place of ours that is there.
    pub fn put(&self, before: Option<&[u8]>, is_ours: &dyn Fn(&str) -> bool) -> Result<Vec<u8>, SettingsFault> {
        let content = before.unwrap_or_default();
        if let Some(place) = self.find(content, is_ours)? {
            return Ok(replaced(content, place, &self.lines().iter().map(String::as_str).collect::<Vec<_>>()));
        }
        // What is left of an older one is ours to take away.
        let bare = before.map(|content| self.without_marks(content)).transpose()?;
        if self.found_in(&read(content)?).is_some() {
            return Err(SettingsFault::Taken(format!("{}.{}", self.above, self.name)));
        }
        let lines = [vec![START.to_owned()], self.lines(), vec![END.to_owned()]].concat();
        let made = attached(bare.as_deref(), &lines.iter().map(String::as_str).collect::<Vec<_>>());
        // The table above may be written in a way that takes no other one.
        let is_there = read(&made).is_ok_and(|table| self.found_in(&table).is_some());
        if !is_there {
            return Err(SettingsFault::Taken(format!("{}.{}", self.above, self.name)));
        }
        if self.take(&made, is_ours)? != bare {
            return Err(SettingsFault::OneWay);
        }
        Ok(made)
    }

    /// Takes ours out. Returns the file as it was without, or none if it came with it.
    pub fn take(&self, before: &[u8], is_ours: &dyn Fn(&str) -> bool) -> Result<Option<Vec<u8>>, SettingsFault> {
        let Some((from, to)) = self.find(before, is_ours)? else { return self.without_marks(before).map(Some) };
        let lines = lines_of(before);
        let mark_at = |is_there: &dyn Fn((usize, usize)) -> bool, mark: &str| {
            lines.iter().find(|(line, place)| *line == mark.as_bytes() && is_there(*place)).map(|(_, place)| *place)
        };
        let (start, end) = (mark_at(&|place| place.1 == from, START), mark_at(&|place| place.0 == to, END));
        let without = match (start, end) {
            (Some(start), Some(end)) => detached(before, (start.0, end.1)),
            _ => Some([&before[..from], &before[to..]].concat()),
        };
        let without = without.map(|without| self.without_marks(&without)).transpose()?;
        let wanted = self.removed_from(read(before)?);
        let is_whole = said(&self.cleaned(read(without.as_deref().unwrap_or_default())?)) == said(&wanted);
        if is_whole { Ok(without) } else { Err(SettingsFault::OneWay) }
    }

    fn lines(&self) -> Vec<String> {
        let list = |texts: &[&str]| texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ");
        vec![
            format!("[{}.{}]", self.above, self.name),
            format!("command = {}", quoted(&self.command)),
            format!("args = [{}]", list(&self.arguments)),
            format!("env_vars = [{}]", list(&self.variables)),
        ]
    }

    /// Returns where the lines of ours are. A table to which somebody has added something is theirs.
    fn find(&self, content: &[u8], is_ours: &dyn Fn(&str) -> bool) -> Result<Option<(usize, usize)>, SettingsFault> {
        let whole = read(content)?;
        let Some(Value::Table(table)) = self.found_in(&whole) else { return Ok(None) };
        let texts =
            |key: &str| -> Option<Vec<&str>> { table.get(key)?.as_array()?.iter().map(Value::as_str).collect() };
        let command = table.get("command").and_then(Value::as_str).unwrap_or_default();
        let words = [vec![command], texts("args").unwrap_or_default()].concat().join(" ");
        // An older one of ours tells of fewer.
        let is_known = |names: Vec<&str>| names.iter().all(|name| self.variables.contains(name));
        let has_variables = table.contains_key("env_vars");
        let keys = 2 + usize::from(has_variables);
        if table.len() != keys || !is_ours(&words) || has_variables && !texts("env_vars").is_some_and(is_known) {
            return Ok(None);
        }
        let lines = lines_of(content);
        let header = format!("[{}.{}]", self.above, self.name);
        let is_key = |line: &[u8]| {
            ["command", "args", "env_vars"].iter().any(|key| line.starts_with(format!("{key} = ").as_bytes()))
        };
        for (at, (line, place)) in lines.iter().enumerate() {
            let Some(inside) = lines.get(at + 1..=at + keys) else { break };
            if *line != header.as_bytes() || !inside.iter().all(|(line, _)| is_key(line)) {
                continue;
            }
            let found = (place.0, inside.last().map_or(place.1, |(_, place)| place.1));
            // It may look so within a text of several lines.
            let without = [&content[..found.0], &content[found.1..]].concat();
            let is_it =
                read(&without).is_ok_and(|left| said(&self.cleaned(left)) == said(&self.removed_from(whole.clone())));
            if is_it {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn found_in<'a>(&self, whole: &'a Table) -> Option<&'a Value> {
        whole.get(self.above)?.as_table()?.get(self.name)
    }

    /// Returns what a file says without our table.
    fn removed_from(&self, mut whole: Table) -> Table {
        if let Some(Value::Table(above)) = whole.get_mut(self.above) {
            above.remove(self.name);
        }
        self.cleaned(whole)
    }

    /// Returns what a file says, whether or not the table above is there with nothing in it.
    fn cleaned(&self, mut whole: Table) -> Table {
        if whole.get(self.above).and_then(Value::as_table).is_some_and(Table::is_empty) {
            whole.remove(self.above);
        }
        whole
    }

    /// Returns a file without the marks that are comments in it.
    fn without_marks(&self, content: &[u8]) -> Result<Vec<u8>, SettingsFault> {
        let before = said(&read(content)?);
        let mut left = content.to_vec();
        while let Some((_, (from, to))) =
            lines_of(&left).into_iter().find(|(line, _)| [START, END].iter().any(|mark| *line == mark.as_bytes()))
        {
            left.drain(from..to);
        }
        let is_same = read(&left).is_ok_and(|after| said(&after) == before);
        Ok(if is_same { left } else { content.to_vec() })
    }
}

fn read(content: &[u8]) -> Result<Table, SettingsFault> {
    let text = std::str::from_utf8(content).map_err(|_| SettingsFault::Encoding)?;
    toml::from_str(text).map_err(|error| SettingsFault::Syntax(error.message().to_owned()))
}

/// Returns what a table says, for comparing: there are numbers that are not equal to themselves.
fn said(table: &Table) -> String {
    table.to_string()
}

/// Returns a text as TOML has it.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
