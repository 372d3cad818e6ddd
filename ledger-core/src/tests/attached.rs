//! What others signed inside a command is verified with it, signature by signature (W6), and paid for (L1).

use crate::{
    block::{BlockError, Verified},
    bulk::BulkMode,
    command::{Action, Approval, Command, CommandError, Identified, SignedCommand},
    digest::Hash32,
    id::{CommandId, Lei},
    money::Money,
    program::Bundle,
    signature::{KeySignature, Signature},
    testing::{
        Actor, Bank, LIMITS, TestRng, World,
        assets::{bond, units},
        commands::sign,
        jpy,
        programs::address,
        usd,
    },
};

/// Every signature by another than the sender, by a list of its own.
fn inside(command: &mut Command) -> Vec<&mut KeySignature> {
    match command {
        Command::Hold(asked) => vec![&mut asked.gate.by],
        Command::Return(asked) => vec![&mut asked.gate.by],
        Command::Post(asked) => vec![&mut asked.acceptance.by],
        Command::PostPart(asked) => vec![&mut asked.post.acceptance.by],
        Command::Deliver(asked) => vec![&mut asked.acceptance.by],
        Command::Transfer(asked) => vec![&mut asked.gate.by, &mut asked.acceptance.by],
        Command::Schedule(asked) => vec![&mut asked.gate.by, &mut asked.acceptance.by],
        Command::Enqueue(asked) => vec![&mut asked.gate.by, &mut asked.acceptance.by],
        Command::Settle(asked) => {
            let gates = asked.gates.iter_mut().map(|gate| &mut gate.by);
            gates.chain(asked.consents.iter_mut().map(|consent| &mut consent.by)).collect()
        }
        Command::Exchange(asked) => {
            let gates = asked.gates.iter_mut().map(|gate| &mut gate.by);
            gates.chain(asked.consents.iter_mut().map(|consent| &mut consent.by)).collect()
        }
        Command::Invoke(asked) => {
            let gates = asked.gates.iter_mut().map(|gate| &mut gate.by);
            gates.chain(asked.consents.iter_mut().map(|consent| &mut consent.by)).collect()
        }
        Command::Bulk(asked) => {
            let consents = asked.consents.iter_mut().map(|consent| &mut consent.by);
            [&mut asked.gate.by].into_iter().chain(consents).collect()
        }
        other => panic!("nobody else signs {other:?}"),
    }
}

/// One command of every kind that holds what others signed: how many signatures that is, and how many
/// records it may touch.
fn commands(world: &mut World, [a, b, c]: [Bank; 3]) -> Vec<(SignedCommand, usize, u32)> {
    let money = Money::new(usd(), 5);
    let [held, paid, now, later, queued] = [0; 5].map(|_| world.payment(&a, &b, money));
    let commands = [world.hold(&a, &held), world.transfer(&a, &b, &paid)];
    world.apply_all(&commands);
    let legs = [world.set_leg(&a, &b, money), world.set_leg(&b, &c, money)];
    let delivered = world.delivery(&a, &b, units(bond(), 1));
    let unit_leg = world.unit_leg(&b, &a, units(bond(), 1));
    let groups = world.groups(&a, usd(), &[(b, &[1, 2]), (c, &[3])]);
    let bulk = world.bulk(&a, BulkMode::Whole, usd(), groups);
    let holders = vec![world.named(&a, usd(), 0), world.named(&b, jpy(), 0)];
    let call = world.call(("pvp", "exchange"), &[&a, &b], holders, Vec::new());
    vec![
        (world.hold(&a, &now), 1, 11),
        (world.give_back(&paid, 2), 1, 9),
        (world.post(&b, &b, &held), 1, 6),
        (world.post_part(&b, &b, &held, 2), 1, 6),
        (world.deliver(&delivered), 1, 10),
        (world.transfer(&a, &b, &now), 2, 10),
        (world.schedule(&a, &b, &later, 30_000), 2, 11),
        (world.enqueue(&queued, 1), 2, 11),
        (world.settle_set(&a, &legs), 4, 2 * 9 + 2),
        (world.settle_exchange(&a, &legs[..1], &[unit_leg]), 2, 2 * 8 + 2),
        (world.invoke(&a, call), 3, 2 * 8 + 2 * 16),
        (world.sign(&a.settlement(), Command::Bulk(bulk)), 3, 3 * 5 + 5),
    ]
}

#[test]
fn w6_a_command_holds_only_what_others_did_sign() {
    let (mut world, banks) = World::with_units(1_000, 10);
    let by = [banks[0], banks[1]].map(|bank| bank.settlement());
    for (good, count, _) in commands(&mut world, banks) {
        let kind = format!("{:?}", crate::receipt::Kind::of(&good.body.command));
        assert_eq!(good.check_signatures(), Ok(()), "{kind}");
        assert_eq!(good.claims().len(), 1 + count, "{kind}");
        let sender = by.iter().find(|actor| good.body.signers == [actor.grant.key]).unwrap();
        for at in 0..count {
            let mut body = good.body.clone();
            let mut signatures = inside(&mut body.command);
            assert_eq!(signatures.len(), count, "{kind}");
            signatures[at].signature = Signature::new([1; 64]);
            let forged = sign(body, &[sender]);
            let bad = CommandError::BadSignature;
            assert_eq!(forged.check_signatures(), Err(bad), "{kind} {at}");
            let block = world.propose_block(world.next_time(), std::slice::from_ref(&forged));
            let verdict = block.validate(world.state.header(), &LIMITS, TestRng::default());
            let expected = BlockError::Command { index: 0, error: bad };
            assert_eq!(verdict.map(drop), Err(expected), "{kind} {at}");
            assert_eq!(Verified::check(Identified::new(forged)).map(drop), Err(bad), "{kind} {at}");
        }
        // One that holds among others makes up for none that does not.
        let mut forged = good.clone();
        forged.signatures[0] = Signature::new([1; 64]);
        assert_eq!(forged.check_signatures(), Err(CommandError::BadSignature), "{kind}");
    }
}

/// What one signed is not what another did: each kind of statement has bytes of its own.
#[test]
fn w6_a_statement_is_signed_as_a_whole() {
    let (mut world, banks) = World::with_units(1_000, 10);
    for (good, ..) in commands(&mut world, banks) {
        let mut other = good.clone();
        let changed = match &mut other.body.command {
            Command::Settle(asked) => &mut asked.consents[0].value.to,
            Command::Exchange(asked) => &mut asked.consents[0].value.to,
            Command::Invoke(asked) => &mut asked.consents[0].value.to,
            Command::Bulk(asked) => &mut asked.consents[0].value.to,
            Command::Hold(asked) => &mut asked.gate.value.payment,
            Command::Return(asked) => &mut asked.gate.value.payment,
            Command::Transfer(asked) => &mut asked.acceptance.value.payment,
            Command::Schedule(asked) => &mut asked.acceptance.value.payment,
            Command::Enqueue(asked) => &mut asked.gate.value.payment,
            Command::Post(asked) => &mut asked.acceptance.value.payment,
            Command::PostPart(asked) => &mut asked.post.acceptance.value.payment,
            Command::Deliver(asked) => &mut asked.acceptance.value.payment,
            _ => continue,
        };
        *changed = Hash32::MAX;
        let last = good.claims().len() - 1;
        let held = other.claims().iter().skip(1).filter(|claim| claim.holds()).count();
        assert_eq!(held, last - 1, "{:?}", crate::receipt::Kind::of(&good.body.command));
    }
}

#[test]
fn l1_every_signature_inside_a_command_is_paid_for() {
    let (mut world, banks) = World::with_units(1_000, 10);
    for (command, count, records) in commands(&mut world, banks) {
        let kind = crate::receipt::Kind::of(&command.body.command);
        let gas = match &command.body.command {
            Command::Invoke(asked) => asked.call.gas_limit.div_ceil(crate::limits::GAS_PER_UNIT),
            _ => 0,
        };
        let signatures = u32::try_from(count).unwrap() + 1;
        let expected = (records + signatures) * 10 + u32::try_from(gas).unwrap();
        assert_eq!(command.units(0), expected, "{kind:?}");
        assert_eq!(command.units(1), expected + 1, "{kind:?}");
        assert_eq!((command.units(100), command.units(101)), (expected + 1, expected + 2));
    }
}

/// A set pays for the keys that its debits are counted for: as many as sign it or consent to it, and no
/// more than one member's persons may be.
#[test]
fn l1_a_set_pays_for_the_persons_of_either_side() {
    let (mut world, [a, b, _]) = World::funded(100);
    let leg = world.set_leg(&a, &b, Money::new(usd(), 1));
    let set = world.set(&a, &[leg]);
    let clerks = [1, 2, 3, 4].map(|number| a.clerk(number));
    // Keys that sign, consents, persons that are paid for.
    for (signers, consents, persons) in [(1, 1, 1), (1, 3, 3), (3, 1, 3), (1, 9, 4), (4, 4, 4)] {
        let mut set = set.clone();
        set.consents = vec![set.consents[0].clone(); consents];
        let by: Vec<&Actor> = clerks.iter().take(signers).collect();
        let command = sign(world.body(a.lei, Command::Settle(set)), &by);
        let signatures = u32::try_from(signers + consents + 1).unwrap();
        let expected = (persons + 7 + 2 + signatures) * 10;
        assert_eq!(command.units(0), expected, "{signers} {consents}");
    }
}

#[test]
fn l1_who_proposes_pays_for_what_is_large_to_the_byte() {
    let (mut world, [a, ..]) = World::running();
    let mut units = |action: Action| world.propose(&Actor::operator(1), action).units(0);
    for (lengths, records) in [
        (vec![25], 3),
        (vec![26], 4),
        (vec![50], 4),
        (vec![51], 5),
        (vec![25, 25], 6),
        (vec![13, 13, 0], 8),
    ] {
        let modules = lengths.iter().map(|length| vec![0; *length]).collect();
        let bundle = Bundle { address: address(2), modules };
        assert_eq!(units(Action::PublishModules(bundle)), (records + 5) * 10, "{lengths:?}");
    }
    let directory = Bank::new("BANKX").directory();
    let keys = u32::try_from(directory.keys.len()).unwrap();
    assert_eq!(units(Action::AdmitMember(directory)), (4 * keys + 5) * 10);
    let said =
        Approval { proposal: CommandId::new([1; 32]), content: Hash32::ZERO, policy_version: 1 };
    assert_eq!(units(Action::Vote { said, yes: true }), 250);
    let member: Lei = a.lei;
    assert_eq!(units(Action::SuspendMember { member }), 50);
}
