//! Code by chance, and a machine that notices when a reference leads to what is gone or has changed.
//!
//! The machine knows nothing of borrowing: it runs the code, and after every statement it looks at each
//! reference that a local holds. Whatever the verifier accepts must leave it content, on both ways
//! through the code.

use super::*;

const VECTOR: u8 = 0;
const NUMBER: u8 = 1;
const PAIR_LOCAL: u8 = 2;
const CHOICE: u8 = 3;
/// `&mut vector<u64>`
const CHANGE_VECTOR: u8 = 4;
/// `&mut u64`
const CHANGE_NUMBER: u8 = 5;
/// `&u64`
const SEE_NUMBER: u8 = 6;
/// `&mut Pair`
const CHANGE_PAIR: u8 = 7;
/// `&vector<u64>`
const SEE_VECTOR: u8 = 8;

/// What a statement does; the stack is empty before and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statement {
    BorrowLocal { local: u8, to: u8 },
    BorrowElement { of: u8, to: u8 },
    BorrowField { right: bool, to: u8 },
    Copy { from: u8, to: u8 },
    Freeze { from: u8, to: u8 },
    Read(u8),
    Write(u8),
    Push,
    Pop,
    Length(u8),
    Store(u8),
    LetGo(u8),
    Through,
    Choose,
}

use Statement as S;

const ALL: [S; 39] = [
    S::BorrowLocal { local: VECTOR, to: CHANGE_VECTOR },
    S::BorrowLocal { local: VECTOR, to: SEE_VECTOR },
    S::BorrowLocal { local: NUMBER, to: CHANGE_NUMBER },
    S::BorrowLocal { local: NUMBER, to: SEE_NUMBER },
    S::BorrowLocal { local: PAIR_LOCAL, to: CHANGE_PAIR },
    S::BorrowElement { of: CHANGE_VECTOR, to: CHANGE_NUMBER },
    S::BorrowElement { of: CHANGE_VECTOR, to: SEE_NUMBER },
    S::BorrowElement { of: SEE_VECTOR, to: SEE_NUMBER },
    S::BorrowField { right: false, to: CHANGE_NUMBER },
    S::BorrowField { right: true, to: CHANGE_NUMBER },
    S::BorrowField { right: false, to: SEE_NUMBER },
    S::BorrowField { right: true, to: SEE_NUMBER },
    S::Copy { from: CHANGE_NUMBER, to: CHANGE_NUMBER },
    S::Copy { from: SEE_NUMBER, to: SEE_NUMBER },
    S::Freeze { from: CHANGE_NUMBER, to: SEE_NUMBER },
    S::Freeze { from: CHANGE_VECTOR, to: SEE_VECTOR },
    S::Read(CHANGE_NUMBER),
    S::Read(SEE_NUMBER),
    S::Read(CHANGE_VECTOR),
    S::Read(CHANGE_PAIR),
    S::Write(CHANGE_NUMBER),
    S::Write(CHANGE_NUMBER),
    S::Write(CHANGE_PAIR),
    S::Write(CHANGE_VECTOR),
    S::Push,
    S::Pop,
    S::Length(CHANGE_VECTOR),
    S::Length(SEE_VECTOR),
    S::Store(VECTOR),
    S::Store(NUMBER),
    S::Store(PAIR_LOCAL),
    S::LetGo(CHANGE_VECTOR),
    S::LetGo(CHANGE_NUMBER),
    S::LetGo(CHANGE_NUMBER),
    S::LetGo(SEE_NUMBER),
    S::LetGo(CHANGE_PAIR),
    S::LetGo(SEE_VECTOR),
    S::Through,
    S::Choose,
];

/// Code that puts a fresh value of what the local is, or leads to, on the stack.
fn fresh(local: u8) -> Vec<I> {
    match local {
        VECTOR | CHANGE_VECTOR => vec![I::LdU64(7), I::LdU64(8), I::VecPack(OF_U64, 2)],
        PAIR_LOCAL | CHANGE_PAIR => vec![I::LdU64(7), I::LdU64(8), I::Pack(PAIR)],
        _ => vec![I::LdU64(7)],
    }
}

fn is_mutable(local: u8) -> bool {
    matches!(local, CHANGE_VECTOR | CHANGE_NUMBER | CHANGE_PAIR)
}

impl Statement {
    fn code(self) -> Vec<I> {
        match self {
            S::BorrowLocal { local, to } if is_mutable(to) => {
                vec![I::MutBorrowLoc(local), I::StLoc(to)]
            }
            S::BorrowLocal { local, to } => vec![I::ImmBorrowLoc(local), I::StLoc(to)],
            S::BorrowElement { of, to } => {
                let borrow =
                    if is_mutable(to) { I::VecMutBorrow(OF_U64) } else { I::VecImmBorrow(OF_U64) };
                vec![I::CopyLoc(of), I::LdU64(0), borrow, I::StLoc(to)]
            }
            S::BorrowField { right, to } => {
                let field = if right { PAIR_RIGHT } else { PAIR_LEFT };
                let borrow = if is_mutable(to) {
                    I::MutBorrowField(field)
                } else {
                    I::ImmBorrowField(field)
                };
                vec![I::CopyLoc(CHANGE_PAIR), borrow, I::StLoc(to)]
            }
            S::Copy { from, to } => vec![I::CopyLoc(from), I::StLoc(to)],
            S::Freeze { from, to } => vec![I::CopyLoc(from), I::FreezeRef, I::StLoc(to)],
            S::Read(local) => vec![I::CopyLoc(local), I::ReadRef, I::Pop],
            S::Write(local) => [&fresh(local)[..], &[I::CopyLoc(local), I::WriteRef]].concat(),
            S::Push => vec![I::CopyLoc(CHANGE_VECTOR), I::LdU64(9), I::VecPushBack(OF_U64)],
            S::Pop => vec![I::CopyLoc(CHANGE_VECTOR), I::VecPopBack(OF_U64), I::Pop],
            S::Length(local) => vec![I::CopyLoc(local), I::VecLen(OF_U64), I::Pop],
            S::Store(local) => [&fresh(local)[..], &[I::StLoc(local)]].concat(),
            S::LetGo(local) => vec![I::MoveLoc(local), I::Pop],
            S::Through => {
                vec![I::CopyLoc(CHANGE_NUMBER), I::Call(THROUGH), I::StLoc(CHANGE_NUMBER)]
            }
            S::Choose => vec![
                I::CopyLoc(SEE_NUMBER),
                I::CopyLoc(CHANGE_NUMBER),
                I::Call(CHOOSE),
                I::StLoc(SEE_NUMBER),
            ],
        }
    }
}

/// What a reference leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Vector,
    Element,
    Number,
    Pair,
    Field(usize),
}

#[derive(Clone, Debug)]
struct Reference {
    target: Target,
    /// How often what it leads to had been replaced when it was made.
    age: usize,
    /// What it showed when it was made, if nobody may change that.
    shown: Option<Vec<u64>>,
}

#[derive(Clone, Debug)]
struct Machine {
    vector: Vec<u64>,
    number: u64,
    pair: [u64; 2],
    /// How often the vector, its elements, the number, the pair and its fields have been replaced.
    ages: [usize; 5],
    references: [Option<Reference>; 9],
    written: u64,
}

impl Machine {
    fn new() -> Self {
        Self {
            vector: vec![1, 2],
            number: 3,
            pair: [4, 5],
            ages: [0; 5],
            references: [const { None }; 9],
            written: 100,
        }
    }

    fn age(&mut self, target: Target) -> &mut usize {
        match target {
            Target::Vector => &mut self.ages[0],
            Target::Element => &mut self.ages[1],
            Target::Number => &mut self.ages[2],
            Target::Pair => &mut self.ages[3],
            Target::Field(_) => &mut self.ages[4],
        }
    }

    fn show(&self, target: Target) -> Vec<u64> {
        match target {
            Target::Vector => self.vector.clone(),
            Target::Element => vec![self.vector[0]],
            Target::Number => vec![self.number],
            Target::Pair => self.pair.to_vec(),
            Target::Field(field) => vec![self.pair[field]],
        }
    }

    /// What a local leads to. The verifier must have made sure that it leads somewhere.
    fn target(&self, local: u8) -> Target {
        self.references[usize::from(local)]
            .as_ref()
            .expect("a local without a value is used")
            .target
    }

    fn put(&mut self, local: u8, target: Target) {
        let shown = (!is_mutable(local)).then(|| self.show(target));
        let age = *self.age(target);
        self.references[usize::from(local)] = Some(Reference { target, age, shown });
    }

    /// Another value, seen by all that look. What was inside the old one is gone.
    fn write(&mut self, target: Target) {
        self.written += 1;
        match target {
            Target::Vector => {
                self.vector = vec![self.written; 2];
                *self.age(Target::Element) += 1;
            }
            Target::Element => self.vector[0] = self.written,
            Target::Number => self.number = self.written,
            Target::Pair => {
                self.pair = [self.written; 2];
                *self.age(Target::Field(0)) += 1;
            }
            Target::Field(field) => self.pair[field] = self.written,
        }
    }

    /// Runs a statement; `None` where the code aborts.
    fn run(&mut self, statement: Statement) -> Option<()> {
        match statement {
            S::BorrowLocal { local, to } => {
                let of = [Target::Vector, Target::Number, Target::Pair];
                self.put(to, of[usize::from(local)]);
            }
            S::BorrowElement { of, to } => {
                self.target(of);
                self.vector.first()?;
                self.put(to, Target::Element);
            }
            S::BorrowField { right, to } => {
                self.target(CHANGE_PAIR);
                self.put(to, Target::Field(usize::from(right)));
            }
            S::Copy { from, to } | S::Freeze { from, to } => self.put(to, self.target(from)),
            S::Read(local) | S::Length(local) => {
                self.target(local);
            }
            S::Write(local) => self.write(self.target(local)),
            S::Push => {
                self.target(CHANGE_VECTOR);
                self.vector.push(9);
                *self.age(Target::Element) += 1;
            }
            S::Pop => {
                self.target(CHANGE_VECTOR);
                self.vector.pop()?;
                *self.age(Target::Element) += 1;
            }
            S::Store(local) => {
                let of = [Target::Vector, Target::Number, Target::Pair][usize::from(local)];
                self.write(of);
                *self.age(of) += 1;
            }
            S::LetGo(local) => {
                self.target(local);
                self.references[usize::from(local)] = None;
            }
            S::Through => {
                self.target(CHANGE_NUMBER);
            }
            S::Choose => {
                self.target(CHANGE_NUMBER);
                self.put(SEE_NUMBER, self.target(SEE_NUMBER));
            }
        }
        Some(())
    }

    /// Forgets what other locals than these hold.
    fn keep(&mut self, held: u16) {
        for (local, reference) in self.references.iter_mut().enumerate() {
            if held & (1 << local) == 0 {
                *reference = None;
            }
        }
    }

    /// Whether each reference still leads to what it was made for.
    fn is_content(&mut self) -> bool {
        self.references.clone().iter().flatten().all(|reference| {
            *self.age(reference.target) == reference.age
                && reference
                    .shown
                    .as_ref()
                    .is_none_or(|shown| *shown == self.show(reference.target))
        })
    }
}

/// Statements, two ways of which one is taken, statements: and all of it a second time if it loops.
#[derive(Clone, Debug)]
struct Program {
    parts: [Vec<Statement>; 4],
    loops: bool,
}

impl Program {
    fn function(&self) -> Function {
        let [first, left, right, last] = [0, 1, 2, 3].map(|part: usize| {
            self.parts[part].iter().flat_map(|statement| statement.code()).collect::<Vec<I>>()
        });
        let at = |length: usize| u16::try_from(length).unwrap();
        let to_right = at(first.len() + 2 + left.len() + 1);
        let to_last = at(first.len() + 2 + left.len() + 1 + right.len());
        let end =
            if self.loops { vec![I::CopyLoc(CHOICE), I::BrTrue(0), I::Ret] } else { vec![I::Ret] };
        let code = [
            &first[..],
            &[I::CopyLoc(CHOICE), I::BrFalse(to_right)],
            &left,
            &[I::Branch(to_last)],
            &right,
            &last,
            &end,
        ];
        of(&code.concat()).taking(&[numbers(), U64, struct_(PAIR), BOOL]).with_locals(&[
            mutable(numbers()),
            mutable(U64),
            reference(U64),
            mutable(struct_(PAIR)),
            reference(numbers()),
        ])
    }

    /// Runs one way through it. Whether the machine was content all the time.
    fn run(&self, left: bool) -> bool {
        let [first, left_way, right_way, last] = &self.parts;
        let way = if left { left_way } else { right_way };
        let before = held(first, 0);
        let behind = held(left_way, before) & held(right_way, before);
        let mut machine = Machine::new();
        for _ in 0..if self.loops { 3 } else { 1 } {
            // what only some ways give to a local can be used no more where the ways meet
            for (part, then_held) in [(first, before), (way, behind), (last, 0)] {
                for statement in part {
                    if machine.run(*statement).is_none() {
                        return true;
                    }
                    if !machine.is_content() {
                        return false;
                    }
                }
                machine.keep(then_held);
            }
        }
        true
    }
}

/// The locals that hold a reference behind statements, a bit for each.
fn held(statements: &[Statement], before: u16) -> u16 {
    statements.iter().fold(before, |held, statement| match statement {
        S::BorrowLocal { to, .. }
        | S::BorrowElement { to, .. }
        | S::BorrowField { to, .. }
        | S::Copy { to, .. }
        | S::Freeze { to, .. } => held | (1 << to),
        S::LetGo(local) => held & !(1 << local),
        _ => held,
    })
}

/// Numbers by chance, the same in every run (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }

    fn statements(&mut self, most: usize) -> Vec<Statement> {
        (0..self.below(most + 1)).map(|_| ALL[self.below(ALL.len())]).collect()
    }

    /// Statements of which each is accepted behind those before it.
    fn program(&mut self) -> Program {
        let loops = self.below(4) == 0;
        let mut program = Program { parts: [const { Vec::new() }; 4], loops: false };
        for part in 0..4 {
            for statement in self.statements(12) {
                program.parts[part].push(statement);
                if program.function().refusal().is_some() {
                    program.parts[part].pop();
                }
            }
        }
        Program { loops, ..program }
    }
}

/// That a machine that looks finds nothing wrong with code that was accepted.
#[test]
fn accepted_code_keeps_no_reference_to_what_is_gone_or_changed() {
    let mut chance = Chance(1);
    let (mut accepted, mut refused, mut statements) = (0_usize, 0_usize, 0_usize);
    for _ in 0..500 {
        let mut program = chance.program();
        // one statement more, which may be refused
        let part = chance.below(4);
        let at = chance.below(program.parts[part].len() + 1);
        program.parts[part].insert(at, ALL[chance.below(ALL.len())]);
        if program.function().refusal().is_some() {
            refused += 1;
            continue;
        }
        accepted += 1;
        statements += program.parts.iter().map(Vec::len).sum::<usize>();
        assert!(program.run(true) && program.run(false), "{program:?}");
    }
    println!("{accepted} programs of {statements} statements accepted, {refused} refused");
    assert!(accepted > 80 && refused > 80);
}

/// That the machine would notice: each of these is refused, and it is not content with any.
#[test]
fn the_machine_notices_what_must_not_be() {
    let bad: [&[Statement]; 4] = [
        &[ALL[2], ALL[29]],
        &[ALL[0], ALL[5], S::Pop],
        &[ALL[4], ALL[10], S::Write(CHANGE_PAIR)],
        &[ALL[2], S::Freeze { from: CHANGE_NUMBER, to: SEE_NUMBER }, S::Write(CHANGE_NUMBER)],
    ];
    for statements in bad {
        let parts = [statements.to_vec(), Vec::new(), Vec::new(), Vec::new()];
        let program = Program { parts, loops: false };
        assert!(!program.run(true), "{program:?}");
        assert!(program.function().refusal().is_some(), "{program:?}");
    }
}
