//! Which request of this bank a mint or a burn served.
//!
//! A receipt of a mint or a burn does not name the request, but says when it was entered: its own
//! receipt says the same time, account and sum. Where two are alike in all of that, they are served in
//! the order in which they were asked.
//!
//! # Invariants S3 an entry of a mint or a burn names the bank's own command that asked for it

use ledger_core::{
    id::CommandId,
    receipt::{Effect, Kind, Outcome, Receipt},
};

use crate::{ledger_port::ProvedReceipt, party_view::PartyView, port::StoreFault};

/// The command that asked for what a command minted or burned, if this bank's receipts name one.
///
/// # Errors
/// [`StoreFault`].
pub(super) fn behind(
    view: &PartyView,
    command: &CommandId,
) -> Result<Option<CommandId>, StoreFault> {
    let Some(proved) = view.receipt(command)? else { return Ok(None) };
    let served = proved.proof.receipt;
    let asked = match served.outcome {
        Outcome::Applied(Effect::Minted) => Kind::RequestMint,
        Outcome::Applied(Effect::Burned) => Kind::Preburn,
        _ => return Ok(None),
    };
    let requests = view.applied(asked, usize::MAX)?;
    let alike = view.applied(served.kind, usize::MAX)?;
    Ok(among(&served, &requests, &alike))
}

/// The request among own ones; `alike` are the receipts of the kind of the one that served it.
fn among(
    served: &Receipt,
    requests: &[ProvedReceipt],
    alike: &[ProvedReceipt],
) -> Option<CommandId> {
    let own = requests.iter().map(|proved| &proved.proof.receipt);
    let mut fitting = own.filter(|asked| {
        asked.irrevocable == served.entered
            && asked.money == served.money
            && (asked.debit, asked.credit) == (served.debit, served.credit)
    });
    let before = alike
        .iter()
        .map(|proved| &proved.proof.receipt)
        .take_while(|other| other.command != served.command);
    let earlier = before.filter(|other| {
        other.outcome == served.outcome
            && other.entered == served.entered
            && other.money == served.money
            && (other.debit, other.credit) == (served.debit, served.credit)
    });
    fitting.nth(earlier.count()).map(|asked| asked.command)
}

#[cfg(test)]
mod tests {
    use ledger_core::{id::AccountId, money::Money, time::LedgerTime};

    use super::*;
    use crate::statements::book::tests::proved;

    const ACCOUNT: AccountId = AccountId::new([0xaa; 32]);

    fn receipt(number: u8, kind: Kind, effect: Effect, (at, minor): (u64, u128)) -> ProvedReceipt {
        proved(|receipt| {
            receipt.command = CommandId::new([number; 32]);
            (receipt.kind, receipt.outcome) = (kind, Outcome::Applied(effect));
            (receipt.debit, receipt.credit, receipt.leg) = (None, Some(ACCOUNT), None);
            receipt.money = Some(Money::new(ledger_core::testing::usd(), minor));
            receipt.entered = LedgerTime::new(at);
            receipt.irrevocable =
                LedgerTime::new(if kind == Kind::RequestMint { at } else { at + 1_000 });
        })
    }

    #[test]
    fn s3_a_mint_is_of_the_request_that_was_entered_when_it_says() {
        let asked = |number, at| receipt(number, Kind::RequestMint, Effect::MintRequested, at);
        let minted = |number, at| receipt(number, Kind::Approve, Effect::Minted, at);
        let requests = [asked(1, (5, 10)), asked(2, (5, 20)), asked(3, (6, 10)), asked(4, (6, 10))];
        let alike = [minted(11, (6, 10)), minted(12, (5, 20)), minted(13, (6, 10))];
        let of = |served: &ProvedReceipt| {
            among(&served.proof.receipt, &requests, &alike).map(|id| id.get()[0])
        };
        assert_eq!(alike.each_ref().map(of), [Some(3), Some(2), Some(4)]);
        assert_eq!(of(&minted(14, (7, 10))), None);
    }
}
