//! Bodies of commands, signed.

use ledger_core::{
    codec::encode,
    command::{
        Approval, Body, Command, CommandError, Hold, Post, PostPart, SetStanding, SignedCommand,
        Transfer, Void, VoidReason,
    },
    id::{AccountId, LegId},
    party::{Level, StandingStatus},
    queue::{Enqueue, NettingSet},
    returns::Return,
    rules::RulesVersion,
    schedule::Schedule,
    signature::{KeySignature, Signer, Statement as _},
    sub_account::Move,
    time::Height,
};

use crate::{
    pin::{Pin, check},
    programs,
    samples::{
        ACCOUNT, CHAIN, COMMAND, NOW, PARTY, acceptance, actions, attestation, bank_a, bulk, clear,
        entry, evidence, freeze, hash, leg, mint_request, money, payment, payment_back, preburn,
        queue_terms, set, signed_acceptance, signed_gate, signer, text,
    },
    units,
};

/// One per variant, by name.
fn commands() -> Vec<(&'static str, Command)> {
    let [(_, action), ..] = &actions()[..] else { unreachable!() };
    let standing = SetStanding {
        party: PARTY,
        level: Level::Full,
        status: StandingStatus::Active,
        expires: NOW.after(31_536_000_000),
        evidence: hash(0xed),
    };
    let approval = Approval { proposal: COMMAND, content: action.content(), policy_version: 1 };
    let hold = Hold { payment: payment(), gate: signed_gate(), expires: NOW.after(60_000) };
    let post = Post { leg: leg().id(), acceptance: signed_acceptance() };
    let transfer =
        Transfer { payment: payment(), gate: signed_gate(), acceptance: signed_acceptance() };
    let returned = Return { payment: payment_back(), original: leg().id(), gate: signed_gate() };
    let schedule = Schedule {
        payment: payment(),
        gate: signed_gate(),
        acceptance: signed_acceptance(),
        at: NOW.after(86_400_000),
    };
    let moved = Move { from: ACCOUNT, to: AccountId::new([0xa2; 32]), money: money() };
    let enqueue = Enqueue {
        payment: payment(),
        gate: signed_gate(),
        acceptance: signed_acceptance(),
        priority: 9,
        expires: NOW.after(86_400_000),
    };
    let netting =
        NettingSet { height: Height::new(42), legs: vec![leg().id(), LegId::new([0x1e; 32])] };
    one_of_each!(Command {
        Command::Propose { .. } => "propose",
            Command::Propose { action: action.clone(), expires: NOW.after(604_800_000) };
        Command::Approve(_) => "approve", Command::Approve(approval);
        Command::SetStanding(_) => "set_standing", Command::SetStanding(standing);
        Command::Attest(_) => "attest", Command::Attest(attestation());
        Command::RecordEntry(_) => "record_entry", Command::RecordEntry(entry());
        Command::RequestMint(_) => "request_mint", Command::RequestMint(mint_request());
        Command::Hold(_) => "hold", Command::Hold(hold);
        Command::Post(_) => "post", Command::Post(post.clone());
        Command::Void(_) => "void",
            Command::Void(Void { leg: leg().id(), reason: VoidReason::Withdrawn });
        Command::Transfer(_) => "transfer", Command::Transfer(transfer);
        Command::Close(_) => "close", Command::Close(leg());
        Command::Preburn(_) => "preburn", Command::Preburn(preburn());
        Command::CancelRedemption { .. } => "cancel_redemption",
            Command::CancelRedemption { redemption: COMMAND };
        Command::Freeze(_) => "freeze", Command::Freeze(freeze());
        Command::Anchor { .. } => "anchor", Command::Anchor { root: hash(0xa7) };
        Command::ConfirmCredit { .. } => "confirm_credit",
            Command::ConfirmCredit { leg: leg().id(), at: NOW };
        Command::Return(_) => "return", Command::Return(returned);
        Command::PostPart(_) => "post_part",
            Command::PostPart(PostPart { post: post.clone(), minor: 3_456 });
        Command::Settle(_) => "settle", Command::Settle(set());
        Command::Bulk(_) => "bulk", Command::Bulk(bulk());
        Command::Schedule(_) => "schedule", Command::Schedule(schedule);
        Command::Release { .. } => "release", Command::Release { leg: leg().id() };
        Command::Clear(_) => "clear", Command::Clear(clear());
        Command::Move(_) => "move", Command::Move(moved);
        Command::Enqueue(_) => "enqueue", Command::Enqueue(enqueue);
        Command::Requeue { .. } => "requeue",
            Command::Requeue { leg: leg().id(), priority: 70_000 };
        Command::SetQueueTerms { .. } => "set_queue_terms",
            Command::SetQueueTerms { account: ACCOUNT, terms: queue_terms() };
        Command::SettleQueued(_) => "settle_queued", Command::SettleQueued(netting);
        Command::Deliver(_) => "deliver", Command::Deliver(units::deliver());
        Command::Exchange(_) => "exchange", Command::Exchange(units::exchange());
        Command::Surrender(_) => "surrender", Command::Surrender(units::surrender());
        Command::Reclaim { .. } => "reclaim", Command::Reclaim { surrender: COMMAND };
        Command::WithdrawApproval { .. } => "withdraw_approval",
            Command::WithdrawApproval { proposal: COMMAND };
        Command::Invoke(_) => "invoke", Command::Invoke(programs::invoke());
        Command::Accuse(_) => "accuse", Command::Accuse(evidence());
        Command::Halt { .. } => "halt", Command::Halt { reference: text("CASE-1") };
        Command::Signal { .. } => "signal", Command::Signal { version: RulesVersion::new(300) };
    })
}

fn body(command: Command) -> Body {
    Body {
        chain: CHAIN,
        organisation: bank_a(),
        signers: Vec::new(),
        nonce: hash(0x90),
        expires: NOW.after(300_000),
        command,
    }
}

fn sign(command: Command, seeds: &[u8]) -> SignedCommand {
    let signers: Vec<_> = seeds.iter().map(|seed| signer(*seed)).collect();
    let signers: Vec<&dyn Signer> = signers.iter().map(|signer| signer as &dyn Signer).collect();
    SignedCommand::sign(body(command), &signers).unwrap()
}

/// The command that blocks and receipts of other vectors hold.
pub(crate) fn signed_close() -> SignedCommand {
    sign(Command::Close(leg()), &[1])
}

/// A body with its id and the signature of the test key 1.
fn pin(name: &str, command: Command) -> Pin {
    let signed = sign(command, &[1]);
    let by = KeySignature { key: signed.body.signers[0], signature: signed.signatures[0] };
    assert_eq!(signed.body.id().get(), signed.body.digest().get(), "W5: {name}");
    Pin::of(name, &signed.body).signed(&signed.body, &by)
}

#[test]
fn w3_w5_w6_vectors_of_every_command_and_every_action() {
    let mut pins: Vec<Pin> =
        commands().into_iter().map(|(name, command)| pin(name, command)).collect();
    for (name, action) in actions() {
        let expires = NOW.after(604_800_000);
        pins.push(pin(&format!("propose/{name}"), Command::Propose { action, expires }));
    }
    let signed = sign(Command::Close(leg()), &[1, 2]);
    assert_eq!(SignedCommand::from_bytes(&encode(&signed)), Ok(signed.clone()));
    pins.push(Pin::of("signed_command/two_signers", &signed));
    check(
        "commands",
        "Bodies of commands: digest is the command's id (W5) and what is signed (W3). Keys are \
         Ed25519 with RFC 8032 seeds of 32 equal bytes: 01 signs the bodies, 03 gates, 04 \
         acceptances. The last is a command as it travels, body and signatures (W6).",
        &pins,
    );
}

#[test]
fn w5_a_vector_of_a_command_keeps_its_id_when_it_is_signed_again() {
    let (once, again) =
        (sign(Command::Close(leg()), &[1, 2]), sign(Command::Close(leg()), &[2, 1]));
    assert_eq!(once, again, "signers are sorted, signatures deterministic");
    let unsigned = SignedCommand { signatures: Vec::new(), ..once.clone() };
    assert_eq!(unsigned.body.id(), once.body.id());
}

#[test]
fn w6_the_vector_with_its_signers_out_of_order_is_refused() {
    let mut signed = sign(Command::Close(leg()), &[1, 2]);
    signed.body.signers.reverse();
    signed.signatures.reverse();
    let refused = SignedCommand::from_bytes(&encode(&signed));
    assert_eq!(refused, Err(CommandError::Signatures));
}

#[test]
fn w3_a_vector_does_not_hold_for_another_purpose() {
    // The same payment hash under the wrong statement: domains keep them apart.
    let (gate, yes) = (signed_gate(), signed_acceptance());
    let mut crossed = yes.claim();
    crossed.by = gate.by;
    assert!(yes.claim().holds() && gate.claim().holds() && !crossed.holds());
    assert_eq!(yes.value, acceptance());
}
