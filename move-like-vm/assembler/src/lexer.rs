//! The text as words, numbers and marks.
//!
//! # Place      text -> [lexer] -> parser
//! # Invariants every token has the place where it begins; work is linear in the text
//! # Absent     keywords: which words are special is the parser's

use move_like_vm::format::Unsigned256;

use crate::diagnostic::{Diagnostic, Diagnostics, Position, Problem};

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A word as it stands.
    Word(String),
    /// A name in quotes: never a keyword.
    Quoted(String),
    /// Bytes: `x"00ff"`.
    Bytes(Vec<u8>),
    /// The index of an entry: `#3`.
    Index(u16),
    /// A number, decimal or with `0x`.
    Number(Unsigned256),
    /// A single mark.
    Mark(char),
    /// `::`
    Path,
    /// The end of the text.
    End,
}

/// The marks of one character.
const MARKS: &str = "(){}<>,:&.+;";

struct Lexer<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    at: Position,
}

/// The tokens of a text with their places, ending in [`Token::End`].
pub(crate) fn tokens(text: &str, diagnostics: &mut Diagnostics) -> Vec<(Position, Token)> {
    let mut lexer = Lexer { rest: text.chars().peekable(), at: Position::START };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks();
        let at = lexer.at;
        match lexer.token() {
            Ok(Token::End) => {
                tokens.push((at, Token::End));
                return tokens;
            }
            Ok(token) => tokens.push((at, token)),
            Err(problem) => diagnostics.push(Diagnostic::new(at, problem)),
        }
    }
}

const fn continues_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$')
}

/// Whether a name may stand without quotes.
pub(crate) fn is_plain_word(name: &str) -> bool {
    let starts = |character: char| character.is_ascii_alphabetic() || character == '_';
    name.starts_with(starts) && name.chars().all(continues_word)
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        if next == '\n' {
            self.at = Position { line: self.at.line.saturating_add(1), column: 1 };
        } else {
            self.at.column = self.at.column.saturating_add(1);
        }
        Some(next)
    }

    fn next_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let next = *self.rest.peek()?;
        if wanted(next) { self.next() } else { None }
    }

    fn skip_blanks(&mut self) {
        loop {
            while self.next_if(char::is_whitespace).is_some() {}
            let mut ahead = self.rest.clone();
            if (ahead.next(), ahead.next()) != (Some('/'), Some('/')) {
                return;
            }
            while self.next_if(|character| character != '\n').is_some() {}
        }
    }

    fn word(&mut self, first: char) -> String {
        let mut word = String::from(first);
        while let Some(next) = self.next_if(continues_word) {
            word.push(next);
        }
        word
    }

    fn token(&mut self) -> Result<Token, Problem> {
        let Some(first) = self.next() else { return Ok(Token::End) };
        match first {
            '"' => self.quoted().map(Token::Quoted),
            '#' => {
                let mut digits = String::new();
                while let Some(digit) = self.next_if(continues_word) {
                    digits.push(digit);
                }
                digits.parse().map(Token::Index).map_err(|_| Problem::BadIndex)
            }
            '0'..='9' => self.number(first),
            ':' if self.next_if(|next| next == ':').is_some() => Ok(Token::Path),
            _ if first.is_ascii_alphabetic() || first == '_' => {
                let word = self.word(first);
                if word == "x" && self.next_if(|next| next == '"').is_some() {
                    return self.bytes().map(Token::Bytes);
                }
                Ok(Token::Word(word))
            }
            _ if MARKS.contains(first) => Ok(Token::Mark(first)),
            _ => Err(Problem::UnknownCharacter),
        }
    }

    fn number(&mut self, first: char) -> Result<Token, Problem> {
        let digits = self.word(first).replace('_', "");
        let number = match digits.strip_prefix("0x") {
            Some("") => return Err(Problem::BadNumber),
            Some(digits) => Unsigned256::from_str_radix(digits, 16),
            None => Unsigned256::from_str_radix(&digits, 10),
        };
        number.map(Token::Number).map_err(|_| Problem::BadNumber)
    }

    /// The text up to the closing quote.
    fn quoted(&mut self) -> Result<String, Problem> {
        let mut text = String::new();
        let mut result = Ok(());
        loop {
            match self.next_if(|next| next != '\n') {
                None => return Err(Problem::OpenQuote),
                Some('"') => return result.map(|()| text),
                Some('\\') => match self.escape() {
                    Some(character) => text.push(character),
                    None => result = Err(Problem::BadEscape),
                },
                Some(character) => text.push(character),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        match self.next_if(|next| matches!(next, '\\' | '"' | 'u'))? {
            'u' => {
                self.next_if(|next| next == '{')?;
                let mut digits = String::new();
                while let Some(digit) = self.next_if(|next| next.is_ascii_hexdigit()) {
                    digits.push(digit);
                }
                self.next_if(|next| next == '}')?;
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
            }
            escaped => Some(escaped),
        }
    }

    fn bytes(&mut self) -> Result<Vec<u8>, Problem> {
        let digits = self.quoted()?;
        let digits: Option<Vec<u8>> = digits.chars().map(half_byte).collect();
        let digits = digits.ok_or(Problem::BadBytes)?;
        let pairs = digits.chunks(2).map(|pair| match pair {
            [high, low] => Some(high.wrapping_shl(4) | low),
            _ => None,
        });
        pairs.collect::<Option<_>>().ok_or(Problem::BadBytes)
    }
}

fn half_byte(digit: char) -> Option<u8> {
    u8::try_from(digit.to_digit(16)?).ok()
}
