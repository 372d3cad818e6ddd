//! Damaged messages: nothing panics, and nothing that xmllint refuses is accepted.
#![allow(clippy::print_stdout, reason = "a skipped check says so")]

use iso20022::{FIXTURE_PACS008, Pacs002, Pacs008};
use std::process::Command;

struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }
}

/// The fixture after one to four changes: a byte replaced, removed, doubled, or a piece moved.
fn damaged(random: &mut Xorshift) -> Vec<u8> {
    const MARKUP: &[u8] = b"<>&;\"'/=:!?-[] #x0\xc3\n";
    let mut bytes = FIXTURE_PACS008.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] = random.next().to_le_bytes()[0],
            1 => bytes[at] = MARKUP[random.below(MARKUP.len())],
            2 => bytes.insert(at, MARKUP[random.below(MARKUP.len())]),
            3 => {
                bytes.remove(at);
            }
            4 => bytes.insert(at, bytes[at]),
            _ => {
                let end = bytes.len().min(at + random.below(200));
                let piece: Vec<u8> = bytes.drain(at..end).collect();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
        }
    }
    bytes
}

#[test]
fn no_damage_to_a_message_causes_a_panic() {
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    for _ in 0..20_000 {
        let bytes = damaged(&mut random);
        if let Ok(payment) = Pacs008::find(&bytes) {
            accepted += 1;
            assert_eq!(payment.check(), Ok(()), "{}", String::from_utf8_lossy(&bytes));
        }
        let _ = Pacs002::find(&bytes);
    }
    println!("{accepted} of 20000 damaged messages are still messages");
}

#[test]
fn what_is_accepted_after_damage_is_well_formed() {
    let mut random = Xorshift(0x2545_f491_4f6c_dd1d);
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    while files.len() < 300 {
        let bytes = damaged(&mut random);
        if Pacs008::find(&bytes).is_ok() {
            let file = folder.path().join(format!("{}.xml", files.len()));
            std::fs::write(&file, bytes).unwrap();
            files.push(file);
        }
    }
    match Command::new("xmllint").arg("--noout").args(files).output() {
        Err(_) => println!("skipped: no xmllint"),
        Ok(run) => {
            // A namespace that is no URI is well-formed: it only names nothing that we know.
            let said = String::from_utf8_lossy(&run.stderr);
            assert!(!said.contains("parser error"), "{said}");
        }
    }
}
