//! The evidence pack of a case, `florin-case-1`, as this bank can show it.
//!
//! # Place      server::cases -> [evidence] -> `interbank::evidence`, the ledger's records, anchors
//! # Invariants B10 what is in the pack was kept as it was signed, or is proved by the ledger; of other
//! #            cases nothing is in it
//! # Absent     choosing single messages to withhold: content or documents of all, or nothing

use interbank::{
    CaseId, Letter,
    evidence::{Anchored, EvidenceError, Exhibit, Pack},
};
use ledger_core::signature::Statement as _;

use super::desk;
use crate::{anchors, directory, gateway::Gateway, port::StoreFault, refused::Refused};

/// What a pack leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// Nothing.
    Nothing,
    /// Documents.
    Documents,
    /// All that messages say.
    Content,
}

/// Writes the pack of a case.
pub(crate) async fn pack(
    gateway: &Gateway,
    id: &CaseId,
    withheld: Withheld,
) -> Result<String, Refused> {
    let (case, letters, receipts) = desk::read(gateway, |desk| {
        Ok((desk.case(id)?, desk.book.letters(id)?, desk.book.receipts(id)?))
    })?;
    let mut members = Vec::new();
    for lei in [case.requester, case.responder] {
        members.push(directory::shown(gateway, lei).await?);
    }
    let anchors = anchored(gateway, &letters)?;
    let messages = letters.into_iter().map(|letter| exhibit(letter, withheld)).collect();
    // A receipt for nothing, as of a letter that waits for its turn, says nothing of a message.
    let receipts = receipts.into_iter().filter(|receipt| receipt.value.received.count > 0);
    let pack = Pack { messages, receipts: receipts.collect(), members, anchors };
    pack.build(gateway.genesis()).map_err(|error| match error {
        EvidenceError::TooLarge => {
            Refused::Malformed("the pack is larger than a pack may be: withhold its documents")
        }
        error => {
            tracing::error!(%error, case = %id, "inquiries.evidence");
            StoreFault::Damaged.into()
        }
    })
}

fn exhibit(letter: Letter, withheld: Withheld) -> Exhibit {
    let exhibit = Exhibit::from(letter);
    match withheld {
        Withheld::Nothing => exhibit,
        Withheld::Documents => Exhibit { documents: None, ..exhibit },
        Withheld::Content => exhibit.withheld(),
    }
}

/// Anchors over messages of the case whose commands are proved by now.
fn anchored(gateway: &Gateway, letters: &[Letter]) -> Result<Vec<Anchored>, Refused> {
    let mut anchored = Vec::new();
    for letter in letters {
        let digest = letter.message.value.digest();
        let Some(proof) = anchors::case_proof(gateway.store.as_ref(), &digest)? else { continue };
        let committee = gateway.ledger.committee();
        let Some(receipt) = gateway.view.receipt_file(&proof.body.id(), committee)? else {
            continue;
        };
        let anchors::AnchorProof { row, salt, index, size, path, body: command } = proof;
        anchored.push(Anchored { row, salt, index, size, path, command, receipt });
    }
    Ok(anchored)
}
