//! Cases as ISO 20022 says them: camt.110 asks, camt.111 answers.
//!
//! A message that a core system posts travels with the letter that is made of it, as a document; the
//! other bank's core system reads these bytes. What was said in JSON is written out of the letter.
//!
//! # Place      server::cases -> [investigation] -> desk; book -> [investigation] -> server::cases
//! # Invariants B12 a message that travels counts only where it says what its letter says, both read
//! #            by one function; what a case has no place for is refused before anything is kept
//! # Absent     ReqActn (a case is closed, reopened or withdrawn by its own endpoint); answers in
//! #            other fields than RspnNrrtv (they travel, but give no field of a case)

use base64::{Engine as _, engine::general_purpose::STANDARD};
use interbank::{
    Case, Code, Content, Document, Kind, Letter, Line,
    content::{DocumentMark, Field, Given},
    kind::Topic,
    limits::MAX_LINE,
};
use iso20022::{
    Agent,
    check::check,
    view::{EnclosedFile, View},
};
use ledger_core::id::{Lei, Text};

use super::desk::{Desk, sorted};
use crate::{
    gateway::Gateway,
    keys::random_32,
    payments::intake::{check_header, is_of},
    refused::Refused,
};

pub(crate) mod answer;
pub(crate) mod fields;
pub(crate) mod question;

pub(crate) use interbank::content::{ANSWER_MESSAGE, MESSAGE_MEDIA, QUESTION_MESSAGE};

/// Hex digits of references that follow from a digest.
const REFERENCE: usize = 32;
/// Characters of a narrative (ISO 20022 `Max500Text`).
const MAX_NARRATIVE: usize = 500;

/// A file of a message: name, media type, bytes.
type File = (Line, Text, Vec<u8>);

/// What a message or a letter says, as far as a case has a place for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meant {
    reasons: Vec<Code>,
    asked: Vec<Field>,
    given: Vec<Given>,
    lines: Vec<Line>,
    files: Vec<File>,
}

impl Meant {
    fn of_letter(letter: &Letter) -> Self {
        let Content { reasons, asked, given, lines, documents } = &letter.content;
        let files = documents.iter().zip(&letter.documents);
        let files = files.filter(|(mark, _)| !mark.is_message());
        let file = |(mark, document): (&DocumentMark, &Document)| {
            (mark.name.clone(), mark.media.clone(), document.bytes.clone())
        };
        Self {
            reasons: reasons.clone(),
            asked: asked.clone(),
            given: given.clone(),
            lines: lines.clone(),
            files: files.map(file).collect(),
        }
    }

    /// The words of a letter that says this, with the message that it came from.
    fn words(self, (name, xml): (&str, &[u8])) -> Result<interbank::book::Words, Refused> {
        let mut content = Content {
            reasons: self.reasons,
            asked: self.asked,
            given: self.given,
            lines: self.lines,
            documents: Vec::new(),
        };
        let message = Line::new(name).zip(Text::new(MESSAGE_MEDIA));
        let (name, media) = message.ok_or(Refused::NotReady)?;
        let mut documents = Vec::new();
        for (name, media, bytes) in [(name, media, xml.to_vec())].into_iter().chain(self.files) {
            let document = Document { salt: random_32(), bytes };
            content.documents.push(document.mark(name, media));
            documents.push(document);
        }
        Ok(interbank::book::Words { content, documents })
    }

    fn narrative(&mut self, text: &str) {
        self.lines.extend(lines_of(text));
    }

    fn file(&mut self, file: &EnclosedFile) -> Result<(), Refused> {
        let packed: String = file.content.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(packed);
        let bytes = bytes.map_err(|_| unclear("NclsdFile/Nclsr is not padded base64"))?;
        let name = file.name.as_ref().or(file.file_name.as_ref()).unwrap_or(&file.id);
        let name = Line::new(name).filter(|name| !is_reserved(name));
        let media = match (&file.format_name, file.format.as_deref()) {
            (Some(name), _) => name.as_str(),
            (None, Some("DPDF")) => "application/pdf",
            (None, Some("DXML")) => "text/xml",
            (None, _) => "application/octet-stream",
        };
        let text = "NclsdFile has a name of its own in Nm, and a media type without blanks in Frmt";
        let (name, media) = name.zip(Text::new(media)).ok_or(unclear(text))?;
        self.files.push((name, media, bytes));
        Ok(())
    }
}

/// Names that only the messages themselves have.
fn is_reserved(name: &Line) -> bool {
    [QUESTION_MESSAGE, ANSWER_MESSAGE].contains(&name.get())
}

const fn unclear(text: &'static str) -> Refused {
    Refused::Investigation(text)
}

/// A document of a letter as a message encloses it.
fn enclosed((name, media, bytes): &File, number: usize, day: &str) -> EnclosedFile {
    EnclosedFile {
        kind: None,
        kind_name: Some("Document".to_owned()),
        id: number.to_string(),
        issued: Some(day.to_owned()),
        issued_at: None,
        name: Some(name.get().to_owned()),
        format: None,
        // A name of one's own has 35 characters.
        format_name: Some(media.get().chars().take(35).collect()),
        file_name: None,
        content: STANDARD.encode(bytes),
    }
}

/// A narrative as lines of at most 140 characters, cut at blanks where there are any.
fn lines_of(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(|c| !c.is_control()).collect();
        let mut rest = word.as_str();
        while !rest.is_empty() {
            let used = line.chars().count();
            let blank = usize::from(used > 0);
            let room = MAX_LINE.saturating_sub(used).saturating_sub(blank);
            let fits = rest.chars().count() <= room;
            if !fits && used > 0 {
                lines.extend(Line::new(&std::mem::take(&mut line)));
                continue;
            }
            let cut = rest.char_indices().nth(room).map_or(rest.len(), |(at, _)| at);
            let (now, later) = rest.split_at(cut);
            if used > 0 {
                line.push(' ');
            }
            line.push_str(now);
            rest = later;
        }
    }
    lines.extend(Line::new(&line));
    lines
}

/// Lines as narratives of at most 500 characters.
fn narratives(lines: &[Line]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for line in lines {
        let length =
            |text: &String| text.chars().count().saturating_add(line.get().chars().count());
        match texts.last_mut().filter(|text| length(text) < MAX_NARRATIVE) {
            Some(text) => {
                text.push(' ');
                text.push_str(line.get());
            }
            None => texts.push(line.get().to_owned()),
        }
    }
    texts
}

/// A kind that camt.110 and camt.111 carry, with its codes.
fn codes(kind: Kind) -> Result<(&'static str, Option<&'static str>), Refused> {
    let topic = match kind {
        Kind::Rqfi(topic) => Some(topic.code()),
        _ => None,
    };
    kind.code().map(|code| (code, topic)).ok_or(Refused::NotAnInvestigation)
}

/// The kind that a message names.
fn kind_of(kind: Option<&str>, topic: Option<&str>) -> Result<Kind, Refused> {
    let asks = "InvstgtnTp/Cd says what is asked: RQFI, UTAP, CCNR, CONR and others of the list";
    let kind = kind.ok_or(unclear(asks))?;
    if kind == "RQFI" {
        let named = Topic::ALL.into_iter().find(|one| Some(one.code()) == topic);
        let asks = "InvstgtnSubTp/Cd says what RQFI is about: SANC, AMLI, FCCI, FRAD, FWTR or UTEX";
        return named.map(Kind::Rqfi).ok_or(unclear(asks));
    }
    let found = Kind::ALL.into_iter().find(|one| one.code() == Some(kind));
    found.ok_or(unclear(asks))
}

/// An agent as a message of an investigation names it: BIC, clearing system and member, LEI.
fn agent(
    bic: &Option<String>,
    system: &Option<String>,
    member: &Option<String>,
    lei: &Option<String>,
) -> Agent {
    Agent {
        bicfi: bic.clone(),
        clearing_system_code: system.clone(),
        clearing_member_id: member.clone(),
        lei: lei.clone(),
        ..Agent::default()
    }
}

/// Whether an agent is named, and is this member.
fn is_named(gateway: &Gateway, agent: &Agent, lei: &Lei) -> bool {
    // A bank is also known by its LEI alone.
    let bare = Agent { lei: None, ..agent.clone() };
    let by_lei = agent.lei.as_deref().is_none_or(|named| named == lei.text());
    let named = agent.lei.is_some() || !bare.identifiers().is_empty();
    named && by_lei && is_of(gateway, &bare, lei)
}

/// A message held to its schema, the rules of the standard and, where it has a header, its two banks.
fn read<T: View>(gateway: &Gateway, xml: &[u8], banks: [&Lei; 2]) -> Result<T, Refused> {
    let message = T::find(xml).map_err(Refused::Rules)?;
    let judged = check(xml, None);
    if !judged.ok() {
        return Err(Refused::Rules(judged.errors));
    }
    check_header(gateway, xml, banks)?;
    Ok(message)
}

/// A message as this gateway writes it: it keeps its schema and the rules of the standard.
fn written(message: &impl View) -> Result<Vec<u8>, Refused> {
    crate::exceptions::messages::written(message)
}

/// The message that travelled with a letter.
fn attached<'a>(letter: &'a Letter, name: &str) -> Option<&'a [u8]> {
    let marks = letter.content.documents.iter().zip(&letter.documents);
    let mut found = marks.filter(|(mark, _)| mark.is_message() && mark.name.get() == name);
    found.next().map(|(_, document)| document.bytes.as_slice())
}

/// The reference that follows from a digest.
fn reference(hex: &str) -> String {
    hex.chars().take(REFERENCE).collect()
}

/// The letter that opened a case.
fn opening(desk: &Desk<'_>, case: &Case) -> Result<Letter, Refused> {
    let letters = desk.book.letters(&case.id)?;
    letters.into_iter().next().ok_or(Refused::Fault(crate::port::StoreFault::Damaged.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b12_a_narrative_is_cut_into_lines_without_losing_a_word() {
        let long = "x".repeat(300);
        for text in ["", "one", "one two", &"word ".repeat(100), &long, &format!("a {long} b")] {
            let lines = lines_of(text);
            let joined: String = lines.iter().map(Line::get).collect();
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(bare(&joined), bare(text));
            assert!(lines.iter().all(|line| line.get().chars().count() <= MAX_LINE));
        }
        assert_eq!(lines_of("a\u{1}b\nc").first().map(Line::get), Some("ab c"));
        let lines = vec![Line::new(&"y".repeat(140)).unwrap(); 16];
        let texts = narratives(&lines);
        assert!(texts.iter().all(|text| text.chars().count() <= MAX_NARRATIVE), "{texts:?}");
        assert_eq!(texts.len(), 6);
    }

    #[test]
    fn b12_every_kind_of_an_investigation_is_named_and_found_by_its_codes() {
        for kind in Kind::ALL {
            match codes(kind) {
                Ok((code, topic)) => assert_eq!(kind_of(Some(code), topic).unwrap(), kind),
                Err(refused) => {
                    assert_eq!(refused.code(), "not_an_investigation");
                    assert!(matches!(kind, Kind::Cancel | Kind::Modify | Kind::Status));
                }
            }
        }
        for (kind, topic) in [(None, None), (Some("ZZZZ"), None), (Some("RQFI"), None)] {
            assert_eq!(kind_of(kind, topic).unwrap_err().code(), "investigation_unclear");
        }
    }
}
