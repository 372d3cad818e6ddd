//! Checks files: `cargo run -p iso20022 --example iso_check -- [--rules PACK] FILE...`
#![allow(clippy::print_stdout, reason = "it is a command")]
use iso20022::check::check;
use iso20022::rules::Pack;

fn main() {
    let mut pack = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--rules" {
            pack = arguments.next().and_then(|name| Pack::named(&name));
            continue;
        }
        if let Ok(bytes) = std::fs::read(&argument) {
            println!("{}", check(&bytes, pack).to_json(&argument).to_line());
            match iso20022::convert::convert(&bytes) {
                Ok(_) => println!("converts"),
                Err(errors) => println!("does not convert: {}", errors.len()),
            }
        }
    }
}
