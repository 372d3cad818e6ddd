//! Values about contracts to pin.

use ledger_core::{
    command::GateAttestation,
    digest::Domain,
    id::Text,
    invoke::{Call, Invoke, Named},
    program::{Bundle, Module, ModuleKey, Resource, ResourceKey},
    receipt::{CodePlace, Effect, Event, Kind, Outcome, Receipt, Run},
    record::Record,
    refusal::Refusal,
    settlement::Consent,
    signature::Signed,
    time::Height,
    vault::{Holder, Vault, VaultId},
};

use crate::{
    pin::Pin,
    samples::{ACCOUNT, COMMAND, NOW, PARTY, bank_a, hash, money, signer, text},
};

pub(crate) const VAULT: VaultId = VaultId::new([0x56; 32]);

pub(crate) fn vault() -> Record {
    let owner = Holder { name: ACCOUNT, account: ACCOUNT, member: bank_a(), party: PARTY };
    let list_version = hash(0x11);
    Record::Vault(Box::new(Vault {
        id: VAULT,
        money: money(),
        owner,
        list_version,
        rule_version: 7,
    }))
}

/// The type `0xaa..aa::m::S`, in BCS.
pub(crate) fn tag() -> Vec<u8> {
    [&[0xaa; 32][..], &[1, b'm', 1, b'S', 0]].concat()
}

pub(crate) fn module() -> Record {
    let (name, bytes) = (text("escrow"), vec![0xa1, 0x1c, 0xeb, 0x0b]);
    let published = Height::new(42);
    Record::Module(Box::new(Module { address: ACCOUNT, name, bytes, published }))
}

pub(crate) fn resource() -> Record {
    Record::Resource(Box::new(Resource { account: ACCOUNT, tag: tag(), bytes: vec![1, 2] }))
}

pub(crate) fn bundle() -> Bundle {
    Bundle { address: ACCOUNT, modules: vec![vec![0xa1, 0x1c, 0xeb, 0x0b], vec![]] }
}

pub(crate) fn call() -> Call {
    let named = Named { name: ACCOUNT, account: ACCOUNT, party: PARTY, cap: 1_000 };
    let name = |name: &str| Text::new(name).unwrap();
    Call {
        address: ACCOUNT,
        module: name("escrow"),
        function: name("release"),
        types: vec![vec![2]],
        arguments: vec![vec![7, 0, 0, 0, 0, 0, 0, 0]],
        gas_limit: 200_000,
        records: 4,
        signers: vec![ACCOUNT],
        holders: vec![named],
        until: NOW.after(3_600_000),
        nonce: hash(0x9c),
    }
}

pub(crate) fn invoke() -> Invoke {
    let (call, expires) = (call(), NOW.after(3_600_000));
    let gate = GateAttestation {
        payment: call.hash(),
        list_version: hash(0x11),
        rule_version: 7,
        expires,
    };
    let consent = Consent { to: call.hash(), expires };
    Invoke {
        gates: vec![Signed::new(gate, &signer(3)).unwrap()],
        consents: vec![Signed::new(consent, &signer(4)).unwrap()],
        call,
    }
}

/// The receipt of a call that came to its end, or aborted.
pub(crate) fn receipt(of: Receipt, ended: bool) -> Receipt {
    let place =
        CodePlace { module: ModuleKey::of(&ACCOUNT, "escrow"), function: 3, instruction: 11 };
    let run = match ended {
        true => {
            let tag = [&[7][..], &tag()].concat();
            let events = vec![Event { tag, value: vec![7, 0, 0, 0, 0, 0, 0, 0] }];
            Run { gas_used: 31_000, status: 4001, code: None, place: None, events }
        }
        false => {
            let (code, place, events) = (Some(201), Some(place), Vec::new());
            Run { gas_used: 9_000, status: 4016, code, place, events }
        }
    };
    let outcome = match ended {
        true => Outcome::Applied(Effect::Invoked),
        false => Outcome::Refused(Refusal::CallFailed),
    };
    let (leg, debit, credit, money) = (None, None, None, None);
    Receipt { kind: Kind::Invoke, outcome, leg, debit, credit, money, run: Some(run), ..of }
}

/// What gates and members sign about, and what vaults, modules and resources are named by.
pub(crate) fn signed() -> [Pin; 4] {
    let (vault, module) = ((COMMAND, 3u32), (ACCOUNT, "escrow".to_owned()));
    let resource = (ACCOUNT, tag());
    let vault_id = VaultId::derive(&vault.0, vault.1);
    let module_key = ModuleKey::of(&module.0, &module.1);
    let resource_key = ResourceKey::of(&resource.0, &resource.1);
    [
        Pin::of("call_hash", &call()).hashed(Domain::Call, call().hash().get()),
        Pin::of("vault_id", &vault).hashed(Domain::Vault, vault_id.get()),
        Pin::of("module_key", &module).hashed(Domain::Module, module_key.get()),
        Pin::of("resource_key", &resource).hashed(Domain::Resource, resource_key.get()),
    ]
}
