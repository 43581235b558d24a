//! Lines of text with roles: their widths, their cuts, their colours.

use unicode_width::UnicodeWidthChar;

/// The widest line that we write by choice.
pub(crate) const WIDTH: usize = 100;

/// The least that a source line gets of a row.
const SOURCE: usize = 28;

/// The least that a column is cut to.
const NARROWEST: usize = 16;

/// How text is dressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Plain text: for files, pipes, and terminals whose owner wants no colour.
    #[default]
    Plain,
    /// With the colours of a terminal.
    Colour,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing in particular.
    Plain,
    /// The kind of a finding.
    Kind,
    /// A task's name.
    Task,
    /// The user's name for an object or a location, with its value.
    Thing,
    /// Something that a task did or wants.
    Verb,
    /// A place in the source.
    Place,
    /// What good news and advice start with.
    Good,
    /// A command to type.
    Command,
}

impl Role {
    /// The terminal's code for it, if it has one.
    const fn code(self) -> Option<&'static str> {
        match self {
            Role::Plain | Role::Thing => None,
            Role::Kind => Some("1;31"),
            Role::Task => Some("36"),
            Role::Verb | Role::Command => Some("1"),
            Role::Place => Some("2"),
            Role::Good => Some("32"),
        }
    }
}

/// A piece of a line.
#[derive(Clone, Debug)]
struct Span {
    role: Role,
    text: String,
}

/// A line, not yet broken to width.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Vec<Span>);

impl Line {
    /// An empty line.
    pub(crate) fn new() -> Self {
        Line::default()
    }

    /// The line with `text` added.
    pub(crate) fn add(mut self, role: Role, text: impl AsRef<str>) -> Self {
        let text = clean(text.as_ref());
        if !text.is_empty() {
            self.0.push(Span { role, text });
        }
        self
    }

    /// The line with text that is nothing in particular.
    pub(crate) fn plain(self, text: impl AsRef<str>) -> Self {
        self.add(Role::Plain, text)
    }

    /// The line with `other` added.
    pub(crate) fn join(mut self, other: Line) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The line without its roles.
    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|span| span.text.as_str()).collect()
    }

    /// The line, no wider than a page.
    pub(crate) fn cut(mut self) -> Line {
        let mut left = WIDTH;
        for span in &mut self.0 {
            span.text = cut(&span.text, Cut::End, left);
            left -= width(&span.text);
        }
        self.trim_end();
        self
    }

    /// How many columns it takes.
    fn width(&self) -> usize {
        self.0.iter().map(|span| width(&span.text)).sum()
    }

    /// The line broken at spaces so that each part fits into `columns`, all but the first indented by `indent`.
    ///
    /// A word wider than that keeps a line of its own.
    pub(crate) fn wrap(self, columns: usize, indent: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut line = Line::new();
        let mut at = 0;
        for span in self.0 {
            for word in span.text.split_inclusive(' ') {
                if at > indent && at + width(word.trim_end()) > columns {
                    line.trim_end();
                    lines.push(std::mem::replace(&mut line, Line::new().plain(" ".repeat(indent))));
                    at = indent;
                }
                at += width(word);
                match line.0.last_mut() {
                    Some(last) if last.role == span.role => last.text.push_str(word),
                    _ => line.0.push(Span { role: span.role, text: word.to_owned() }),
                }
            }
        }
        line.trim_end();
        lines.push(line);
        lines
    }

    /// Takes away spaces at the end.
    fn trim_end(&mut self) {
        while let Some(last) = self.0.last_mut() {
            last.text.truncate(last.text.trim_end().len());
            if last.text.is_empty() {
                self.0.pop();
            } else {
                break;
            }
        }
    }

    /// Writes it, without a line end.
    pub(crate) fn write(&self, style: Style, out: &mut String) {
        for span in &self.0 {
            match (style, span.role.code()) {
                (Style::Colour, Some(code)) => {
                    out.push_str("\x1b[");
                    out.push_str(code);
                    out.push('m');
                    out.push_str(&span.text);
                    out.push_str("\x1b[0m");
                }
                _ => out.push_str(&span.text),
            }
        }
    }
}

/// Where a text that is too long loses something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// At its start: paths, locations.
    Start,
    /// In its middle: names of tasks, which differ at either end.
    Middle,
    /// At its end: other names.
    End,
}

/// A cell of a table.
#[derive(Clone, Debug)]
struct Cell {
    role: Role,
    cut: Cut,
    text: String,
}

/// A row of a table: columns, then a line of source, then a remark.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    indent: usize,
    cells: Vec<Cell>,
    source: String,
    remark: Line,
}

impl Row {
    /// A row that starts `indent` columns from the left.
    pub(crate) fn new(indent: usize) -> Self {
        Row { indent, ..Row::default() }
    }

    /// The row with one more cell.
    pub(crate) fn cell(mut self, role: Role, cut: Cut, text: impl AsRef<str>) -> Self {
        self.cells.push(Cell { role, cut, text: clean(text.as_ref()) });
        self
    }

    /// The row further to the right.
    pub(crate) fn indented(mut self, indent: usize) -> Self {
        self.indent = indent;
        self
    }

    /// The row with its line of source.
    pub(crate) fn source(mut self, text: &str) -> Self {
        self.source = clean(text.trim());
        self
    }

    /// The row with a remark after the source; left out where there is no room.
    pub(crate) fn remark(mut self, remark: Line) -> Self {
        self.remark = remark;
        self
    }
}

/// The widths of the columns of `rows`, and of all that comes before their source.
fn widths(rows: &[Row]) -> (Vec<usize>, usize) {
    let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let widest =
        |i: usize| rows.iter().filter_map(|row| row.cells.get(i)).map(|cell| width(&cell.text)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let indent = rows.iter().map(|row| row.indent).max().unwrap_or(0);
    let taken = indent + widths.iter().filter(|w| **w > 0).map(|w| w + 2).sum::<usize>();
    (widths, taken)
}

/// The least that is left for the source of `rows`.
fn least(rows: &[Row]) -> usize {
    rows.iter().map(|row| width(&row.source)).max().unwrap_or(0).min(SOURCE)
}

/// Whether `rows` fit on a page without a cut in a column.
pub(crate) fn fit(rows: &[Row]) -> bool {
    widths(rows).1 + least(rows) <= WIDTH
}

/// The rows as lines: columns aligned, nothing wider than [`WIDTH`].
pub(crate) fn table(rows: Vec<Row>) -> Vec<Line> {
    let (mut widths, mut taken) = widths(&rows);
    while taken + least(&rows) > WIDTH {
        let Some(widest) = widths.iter_mut().max_by_key(|w| **w).filter(|w| **w > NARROWEST) else { break };
        *widest -= 1;
        taken -= 1;
    }
    let rest = WIDTH.saturating_sub(taken);
    rows.into_iter().map(|row| row.line(&widths, rest)).collect()
}

impl Row {
    /// The row with columns of these widths, and `rest` for source and remark.
    fn line(self, widths: &[usize], rest: usize) -> Line {
        let mut line = Line::new().plain(" ".repeat(self.indent));
        for (cell, &columns) in self.cells.iter().zip(widths).filter(|(_, w)| **w > 0) {
            let text = cut(&cell.text, cell.cut, columns);
            let gap = columns.saturating_sub(width(&text)) + 2;
            line = line.add(cell.role, text).plain(" ".repeat(gap));
        }
        let remark = if self.remark.is_empty() { 0 } else { self.remark.width() + 2 };
        let room = rest.saturating_sub(remark);
        if remark > 0 && room >= width(&self.source).min(SOURCE) {
            let source = cut(&self.source, Cut::End, room);
            let gap = if source.is_empty() { "" } else { "  " };
            line = line.plain(source).plain(gap).join(self.remark);
        } else {
            line = line.plain(cut(&self.source, Cut::End, rest));
        }
        line.trim_end();
        line
    }
}

/// How many columns `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// How many columns a character takes.
fn columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// `text` in at most `most` columns, with an ellipsis where something is missing.
pub(crate) fn cut(text: &str, at: Cut, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    if most == 0 {
        return String::new();
    }
    let mut left = most - 1;
    let mut fits = |c: &char| {
        let fits = columns(*c) <= left;
        left = left.saturating_sub(columns(*c));
        fits
    };
    match at {
        Cut::End => {
            let kept: String = text.chars().take_while(&mut fits).collect();
            format!("{}…", kept.trim_end())
        }
        Cut::Middle => {
            let tail = cut(text, Cut::Start, most / 2);
            let head = cut(text, Cut::End, most + 1 - width(&tail));
            format!("{head}{}", tail.trim_start_matches('…'))
        }
        Cut::Start => {
            let kept: Vec<char> = text.chars().rev().take_while(&mut fits).collect();
            let kept: String = kept.into_iter().rev().collect();
            format!("…{}", kept.trim_start())
        }
    }
}

/// `text` on one line, with nothing in it that would act on a terminal or hide other text.
pub(crate) fn clean(text: &str) -> String {
    let acts = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => cleaned.push(' '),
            c if acts(c) => cleaned.extend(c.escape_default()),
            c => cleaned.push(c),
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::{Cut, Line, Role, Row, Style, WIDTH, clean, cut, table, width};

    fn plain(line: &Line) -> String {
        let mut out = String::new();
        line.write(Style::Plain, &mut out);
        out
    }

    #[test]
    fn a_cut_keeps_its_width_in_wide_letters() {
        assert_eq!(cut("store.py", Cut::End, 8), "store.py");
        assert_eq!(cut("store.py", Cut::End, 5), "stor…");
        assert_eq!(cut("src/store.py", Cut::Start, 9), "…store.py");
        assert_eq!(cut("payment-reconciliation-worker_0", Cut::Middle, 12), "paymen…ker_0");
        assert_eq!(cut("在庫.数量", Cut::End, 6), "在庫.…");
        assert!(width(&cut("在庫.数量", Cut::Start, 4)) <= 4);
        assert_eq!(cut("x", Cut::End, 0), "");
    }

    #[test]
    fn what_would_act_on_a_terminal_is_spelled_out() {
        assert_eq!(clean("a\tb\nc\x1b[31m\u{202e}"), "a b\\nc\\u{1b}[31m\\u{202e}");
    }

    #[test]
    fn a_row_is_never_wider_than_a_page() {
        let long = "x".repeat(90);
        let row = Row::new(2)
            .cell(Role::Task, Cut::End, &long)
            .cell(Role::Thing, Cut::Start, &long)
            .cell(Role::Place, Cut::Start, &long)
            .source(&long)
            .remark(Line::new().plain(&long));
        for line in table(vec![row]) {
            assert!(line.width() <= WIDTH, "{}", plain(&line));
        }
    }

    #[test]
    fn lines_break_at_spaces_and_colours_survive() {
        let line = Line::new().plain("one two ").add(Role::Task, "three four");
        let lines: Vec<String> = line.clone().wrap(9, 2).iter().map(plain).collect();
        assert_eq!(lines, ["one two", "  three", "  four"]);
        let mut out = String::new();
        line.write(Style::Colour, &mut out);
        assert_eq!(out, "one two \x1b[36mthree four\x1b[0m");
    }
}
