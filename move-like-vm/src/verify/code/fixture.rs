//! A module with a bit of everything, in which tests put the function they are about.

use std::slice::from_ref;

use crate::fault::Fault;
use crate::format::{
    Abilities, Ability, CompiledModule, FieldHandleIndex, FieldInstantiationIndex,
    FunctionHandleIndex, FunctionInstantiationIndex, Instruction, SignatureIndex, SignatureToken,
    StructDefInstantiationIndex, StructDefinitionIndex, StructHandleIndex, Visibility,
};
use crate::status::Status;
use crate::testing::{Builder, instance, mutable, parameter, reference, vector};
use crate::verify::Config;
use crate::verify::meter::Meter;

/// `struct Pair has copy, drop, store { left: u64, right: u64 }`
pub(crate) const PAIR: StructDefinitionIndex = StructDefinitionIndex(0);
/// `struct Coin has store { value: u64 }`
pub(crate) const COIN: StructDefinitionIndex = StructDefinitionIndex(1);
/// `struct Vault has key { coin: Coin, count: u64 }`
pub(crate) const VAULT: StructDefinitionIndex = StructDefinitionIndex(2);
/// `struct Case<T> has copy, drop, store, key { content: T }`
pub(crate) const CASE: StructDefinitionIndex = StructDefinitionIndex(3);
/// A native struct with no abilities.
pub(crate) const NATIVE: StructDefinitionIndex = StructDefinitionIndex(4);
/// `struct Safe has key { count: u64 }`
pub(crate) const SAFE: StructDefinitionIndex = StructDefinitionIndex(5);

/// `Case<u64>`
pub(crate) const CASE_OF_U64: StructDefInstantiationIndex = StructDefInstantiationIndex(0);
/// `Case<Coin>`
pub(crate) const CASE_OF_COIN: StructDefInstantiationIndex = StructDefInstantiationIndex(1);
/// `Case<T>` of the first type parameter of the function
pub(crate) const CASE_OF_T: StructDefInstantiationIndex = StructDefInstantiationIndex(2);

pub(crate) const PAIR_LEFT: FieldHandleIndex = FieldHandleIndex(0);
pub(crate) const PAIR_RIGHT: FieldHandleIndex = FieldHandleIndex(1);
pub(crate) const COIN_VALUE: FieldHandleIndex = FieldHandleIndex(2);
pub(crate) const VAULT_COIN: FieldHandleIndex = FieldHandleIndex(3);
pub(crate) const NATIVE_FIELD: FieldHandleIndex = FieldHandleIndex(4);
/// `content` of `Case<u64>`
pub(crate) const CONTENT_OF_U64: FieldInstantiationIndex = FieldInstantiationIndex(0);

/// `fun take(&mut u64)`
pub(crate) const TAKE: FunctionHandleIndex = FunctionHandleIndex(0);
/// `fun through(&mut u64): &mut u64`
pub(crate) const THROUGH: FunctionHandleIndex = FunctionHandleIndex(1);
/// `fun choose(&u64, &mut u64): &u64`
pub(crate) const CHOOSE: FunctionHandleIndex = FunctionHandleIndex(2);
/// `fun open() acquires Vault`
pub(crate) const OPEN: FunctionHandleIndex = FunctionHandleIndex(3);
/// `fun same<T>(T): T`
pub(crate) const SAME: FunctionHandleIndex = FunctionHandleIndex(4);
/// `same<u64>`
pub(crate) const SAME_OF_U64: FunctionInstantiationIndex = FunctionInstantiationIndex(0);

/// The list of types `u64`.
pub(crate) const OF_U64: SignatureIndex = SignatureIndex(0);
/// The list of types `Coin`.
pub(crate) const OF_COIN: SignatureIndex = SignatureIndex(1);

pub(crate) const U64: SignatureToken = SignatureToken::U64;
pub(crate) const BOOL: SignatureToken = SignatureToken::Bool;
pub(crate) const ADDRESS: SignatureToken = SignatureToken::Address;
/// The first type parameter of the function.
pub(crate) const T: SignatureToken = SignatureToken::TypeParameter(0);

/// The type of a struct of the module.
pub(crate) fn struct_(definition: StructDefinitionIndex) -> SignatureToken {
    SignatureToken::Struct(StructHandleIndex(definition.0))
}

/// `Case` of something.
pub(crate) fn case_of(content: SignatureToken) -> SignatureToken {
    instance(StructHandleIndex(CASE.0), &[content])
}

/// A function to be checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Function {
    pub(crate) type_parameters: Vec<Abilities>,
    pub(crate) parameters: Vec<SignatureToken>,
    pub(crate) returns: Vec<SignatureToken>,
    pub(crate) locals: Vec<SignatureToken>,
    pub(crate) acquires: Vec<StructDefinitionIndex>,
    pub(crate) code: Vec<Instruction>,
}

impl Function {
    pub(crate) fn of(code: &[Instruction]) -> Self {
        Self { code: code.to_vec(), ..Self::default() }
    }

    pub(crate) fn taking(mut self, parameters: &[SignatureToken]) -> Self {
        self.parameters = parameters.to_vec();
        self
    }

    pub(crate) fn giving(mut self, returns: &[SignatureToken]) -> Self {
        self.returns = returns.to_vec();
        self
    }

    pub(crate) fn with_locals(mut self, locals: &[SignatureToken]) -> Self {
        self.locals = locals.to_vec();
        self
    }

    /// One type parameter with these abilities.
    pub(crate) fn generic(mut self, abilities: Abilities) -> Self {
        self.type_parameters = vec![abilities];
        self
    }

    pub(crate) fn acquiring(mut self, resources: &[StructDefinitionIndex]) -> Self {
        self.acquires = resources.to_vec();
        self
    }

    /// The module with the function in it, as the last one.
    pub(crate) fn module(&self) -> CompiledModule {
        let mut builder = module();
        let handle = builder.function_handle(
            builder.own(),
            "tested",
            &self.type_parameters,
            &self.parameters,
            &self.returns,
        );
        builder.code(handle, Visibility::Private, &self.locals, &self.code);
        for resource in &self.acquires {
            builder.acquire(*resource);
        }
        builder.build()
    }

    /// The fault that the passes over code find.
    pub(crate) fn fault(&self, config: &Config, meter: &mut Meter) -> Option<Fault> {
        super::module(&self.module(), config, meter).err()
    }

    /// The status that the passes over code give, under few limits but all rules.
    pub(crate) fn refusal(&self) -> Option<Status> {
        self.refusal_under(&Config { strict_references: true, ..Config::reference() })
    }

    /// The status that the passes over code give.
    pub(crate) fn refusal_under(&self, config: &Config) -> Option<Status> {
        self.fault(config, &mut config.meter()).map(|fault| fault.status)
    }
}

/// What a test says: each function gets its status, or none where it is accepted.
pub(crate) fn all_get(rows: &[(&str, Function, Option<Status>)]) {
    for (name, function, expected) in rows {
        assert_eq!(function.refusal(), *expected, "{name}");
    }
}

const DATA: Abilities = Abilities::PRIMITIVES;
const STORE: Abilities = Abilities::NONE.with(Ability::Store);
const KEY: Abilities = Abilities::NONE.with(Ability::Key);

fn module() -> Builder {
    let mut builder = Builder::module(1, "Bank");
    assert_eq!(builder.signature(&[U64]), OF_U64);
    assert_eq!(builder.signature(&[struct_(COIN)]), OF_COIN);
    let fields: [(&str, SignatureToken); 2] = [("left", U64), ("right", U64)];
    assert_eq!(builder.structure("Pair", DATA, &[], &fields).1, PAIR);
    assert_eq!(builder.structure("Coin", STORE, &[], &[("value", U64)]).1, COIN);
    let fields = [("coin", struct_(COIN)), ("count", U64)];
    assert_eq!(builder.structure("Vault", KEY, &[], &fields).1, VAULT);
    let any = [parameter(Abilities::NONE)];
    let case = builder.structure("Case", Abilities::ALL, &any, &[("content", T)]);
    assert_eq!(case.1, CASE);
    let native = builder.struct_handle(builder.own(), "Native", Abilities::NONE, &[]);
    assert_eq!(builder.native_struct(native), NATIVE);
    assert_eq!(builder.structure("Safe", KEY, &[], &[("count", U64)]).1, SAFE);

    assert_eq!(builder.struct_instance(CASE, &[U64]), CASE_OF_U64);
    assert_eq!(builder.struct_instance(CASE, &[struct_(COIN)]), CASE_OF_COIN);
    assert_eq!(builder.struct_instance(CASE, &[T]), CASE_OF_T);

    assert_eq!(builder.field(PAIR, 0), PAIR_LEFT);
    assert_eq!(builder.field(PAIR, 1), PAIR_RIGHT);
    assert_eq!(builder.field(COIN, 0), COIN_VALUE);
    assert_eq!(builder.field(VAULT, 0), VAULT_COIN);
    assert_eq!(builder.field(NATIVE, 0), NATIVE_FIELD);
    let content = builder.field(CASE, 0);
    assert_eq!(builder.field_instance(content, &[U64]), CONTENT_OF_U64);
    functions(&mut builder);
    builder
}

fn functions(builder: &mut Builder) {
    use Instruction::{ImmBorrowGlobal, LdConst, MoveLoc, Pop, Ret};
    let own = builder.own();
    let private = Visibility::Private;
    let constant = builder.constant(ADDRESS, &[0; 32]);
    let (number, changed) = (reference(U64), mutable(U64));

    let take = builder.function_handle(own, "take", &[], from_ref(&changed), &[]);
    assert_eq!(take, TAKE);
    builder.code(take, private, &[], &[Ret]);
    let through =
        builder.function_handle(own, "through", &[], from_ref(&changed), from_ref(&changed));
    assert_eq!(through, THROUGH);
    builder.code(through, private, &[], &[MoveLoc(0), Ret]);
    let choose = builder.function_handle(own, "choose", &[], &[number.clone(), changed], &[number]);
    assert_eq!(choose, CHOOSE);
    builder.code(choose, private, &[], &[MoveLoc(0), Ret]);
    let open = builder.function_handle(own, "open", &[], &[], &[]);
    assert_eq!(open, OPEN);
    builder.code(open, private, &[], &[LdConst(constant), ImmBorrowGlobal(VAULT), Pop, Ret]);
    builder.acquire(VAULT);
    let same = builder.function_handle(own, "same", &[Abilities::NONE], &[T], &[T]);
    assert_eq!(same, SAME);
    builder.code(same, private, &[], &[MoveLoc(0), Ret]);
    assert_eq!(builder.function_instance(same, &[U64]), SAME_OF_U64);
}

/// `vector<u64>`
pub(crate) fn numbers() -> SignatureToken {
    vector(U64)
}

#[test]
fn the_module_is_accepted_by_itself() {
    assert_eq!(Function::of(&[Instruction::Ret]).refusal(), None);
}
