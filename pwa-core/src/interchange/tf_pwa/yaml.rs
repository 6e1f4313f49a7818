//! YAML to a tree in which every node knows its key path and its place in the text.
//!
//! As PyYAML reads it: anchors, aliases and merge keys (`<<`), and the booleans of YAML 1.1
//! (`yes`, `on`). A key that stands twice is an error here; PyYAML silently takes the last one.

use std::collections::BTreeMap;
use std::sync::Arc;

use miette::{NamedSource, SourceSpan};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::error::{ImportError, Problem};

/// Deeper nesting is no TF-PWA config, and would overflow the stack.
const MAX_DEPTH: usize = 32;
/// Aliases multiply nodes; no config comes near this.
const MAX_NODES: usize = 200_000;

type File = Arc<NamedSource<String>>;

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub value: Value,
    /// The keys that lead here: `particle.Kst892.mass`.
    pub path: String,
    pub file: File,
    pub at: SourceSpan,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Scalar { text: String, quoted: bool },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub key: String,
    pub key_at: SourceSpan,
    pub node: Node,
}

impl Entry {
    /// The same node, placed at its key.
    pub fn unknown(&self, known: &[&str]) -> ImportError {
        let nearest = crate::config::did_you_mean(&self.key, known.iter().copied());
        let problem = Problem::UnknownKey {
            key: self.node.path.clone(),
        };
        let help = nearest.unwrap_or_else(|| format!("known here: {}", known.join(", ")));
        ImportError::at(&self.node.file, self.key_at, problem, help)
    }

    pub fn not_translated(&self, reason: &str, help: &str) -> ImportError {
        let problem = Problem::NotTranslated {
            key: self.node.path.clone(),
            reason: reason.to_owned(),
        };
        ImportError::at(&self.node.file, self.key_at, problem, help.to_owned())
    }
}

/// Reads a document that is one mapping.
pub(super) fn parse(name: &str, text: &str, root: &str) -> Result<Node, ImportError> {
    let file = Arc::new(NamedSource::new(name, text.to_owned()).with_language("YAML"));
    let mut offsets: Vec<usize> = text.char_indices().map(|(byte, _)| byte).collect();
    offsets.push(text.len());
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        file,
        offsets,
        anchors: BTreeMap::new(),
        nodes: 0,
    };
    let mut node = reader.document()?;
    node.set_path(root.to_owned());
    Ok(node)
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    file: File,
    /// The byte of each character: the parser counts characters.
    offsets: Vec<usize>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node, ImportError> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
                Event::Nothing => {}
                _ if root.is_some() => {
                    return Err(self.syntax(span, "a second document in the file"));
                }
                event => root = Some(self.node(event, span, 0)?),
            }
        }
        match root {
            Some(node) if matches!(node.value, Value::Map(_)) => Ok(node),
            Some(node) => Err(self.error(node.at, "the file is not a mapping of keys")),
            None => Err(self.error((0, 0).into(), "the file is empty")),
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), ImportError> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.scan_error(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, ImportError> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(self.syntax(span, "too many or too deeply nested entries"));
        }
        let at = self.place(span);
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let quoted = !matches!(style, ScalarStyle::Plain);
                let text = text.into_owned();
                (Value::Scalar { text, quoted }, anchor)
            }
            Event::SequenceStart(anchor, _) => (self.list(depth)?, anchor),
            Event::MappingStart(anchor, _) => (self.map(depth)?, anchor),
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.syntax(span, "an alias inside its own anchor"));
                };
                self.nodes += node.size();
                return Ok(node);
            }
            _ => return Err(self.syntax(span, "an entry is missing")),
        };
        let node = Node {
            value,
            path: String::new(),
            file: self.file.clone(),
            at,
        };
        // The parser counts anchors from 1; 0 is none.
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Value, ImportError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, ImportError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged: Vec<Node> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key_at = self.place(span);
            let Value::Scalar { text: key, .. } = self.node(event, span, depth + 1)?.value else {
                return Err(self.error(key_at, "a key that is a list or a mapping"));
            };
            let (event, span) = self.next()?;
            let node = self.node(event, span, depth + 1)?;
            if key == "<<" {
                match node.value {
                    Value::List(list) => merged.extend(list),
                    _ => merged.push(node),
                }
            } else if entries.iter().any(|entry| entry.key == key) {
                return Err(self.error(key_at, &format!("the key `{key}` stands twice")));
            } else {
                entries.push(Entry { key, key_at, node });
            }
        }
        for node in merged {
            let Value::Map(defaults) = node.value else {
                return Err(self.error(node.at, "`<<` merges mappings only"));
            };
            for entry in defaults {
                if !entries.iter().any(|own| own.key == entry.key) {
                    entries.push(entry);
                }
            }
        }
        Ok(Value::Map(entries))
    }

    fn place(&self, span: Span) -> SourceSpan {
        let byte = |index: usize| {
            let last = self.offsets.len() - 1;
            self.offsets[index.min(last)]
        };
        let (start, end) = (byte(span.start.index()), byte(span.end.index()));
        (start, end.saturating_sub(start)).into()
    }

    fn scan_error(&self, error: &ScanError) -> ImportError {
        let mark = *error.marker();
        let at = self.place(Span {
            start: mark,
            end: mark,
        });
        self.error(at, error.info())
    }

    fn syntax(&self, span: Span, problem: &str) -> ImportError {
        self.error(self.place(span), problem)
    }

    fn error(&self, at: SourceSpan, problem: &str) -> ImportError {
        ImportError::at(&self.file, at, Problem::Syntax(problem.to_owned()), None)
    }
}

impl Node {
    fn size(&self) -> usize {
        1 + match &self.value {
            Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(Node::size).sum(),
            Value::Map(entries) => entries.iter().map(|entry| entry.node.size()).sum(),
        }
    }

    pub fn set_path(&mut self, path: String) {
        match &mut self.value {
            Value::Scalar { .. } => {}
            Value::List(items) => {
                for (place, item) in items.iter_mut().enumerate() {
                    item.set_path(format!("{path}[{place}]"));
                }
            }
            Value::Map(entries) => {
                for Entry { key, node, .. } in entries {
                    let dot = if path.is_empty() { "" } else { "." };
                    node.set_path(format!("{path}{dot}{key}"));
                }
            }
        }
        self.path = path;
    }
}

impl Node {
    /// What stands for a key that is not there.
    pub fn null() -> Self {
        Self {
            value: Value::Scalar {
                text: String::new(),
                quoted: false,
            },
            path: String::new(),
            file: Arc::new(NamedSource::new("", String::new())),
            at: (0, 0).into(),
        }
    }
}
