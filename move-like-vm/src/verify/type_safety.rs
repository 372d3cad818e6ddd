//! Every instruction finds operands of the types it works on, and does to values only what their
//! abilities allow.
//!
//! # Place      stack usage -> [type_safety] -> locals safety
//! # Invariants a value is of the type that the code says of it, so no value can be taken for another;
//! #            what cannot be copied is never copied, what cannot be dropped is neither popped nor
//! #            overwritten through a reference, and only resources reach storage. Refused with
//! #            *_TYPE_MISMATCH_ERROR, *_WITHOUT_*_ABILITY, BORROWLOC_REFERENCE_ERROR,
//! #            WRITEREF_NO_MUTABLE_REFERENCE_ERROR, and TYPE_MISMATCH for vectors
//! # Absent     whether a local holds a value, and whether a reference still leads to one; constraints of
//! #            type arguments, which the pass over signatures has checked

use super::body::Body;
use super::meter::Meter;
use crate::fault::Fault;
use crate::format::{
    Abilities, Ability, FieldHandleIndex, FunctionHandleIndex, Instruction, LocalIndex,
    SignatureIndex, SignatureToken, StructDefinitionIndex, StructHandleIndex,
};
use crate::status::Status;

#[path = "type_safety/instantiation.rs"]
mod instantiation;

use instantiation::{is_instance_of, pushed_instance};

/// What is charged for every node of a type that is put on the stack.
const UNITS_PER_TYPE_NODE: u64 = 30;

/// Checks every block, also those out of reach; all start with an empty stack.
pub fn verify(body: &Body<'_>, meter: &mut Meter) -> Result<(), Fault> {
    let mut checker = Checker { body, meter, stack: Vec::new() };
    for block in body.graph.blocks() {
        for offset in block.start..=block.last {
            let Some(instruction) = body.code().get(offset) else { continue };
            checker.check(instruction).map_err(|fault| body.placed(fault, offset))?;
        }
    }
    Ok(())
}

struct Checker<'c, 'a> {
    body: &'c Body<'a>,
    meter: &'c mut Meter,
    stack: Vec<SignatureToken>,
}

/// Refuses unless something holds.
fn require(holds: bool, otherwise: Status) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::new(otherwise)) }
}

fn reference_to(mutable: bool, type_: SignatureToken) -> SignatureToken {
    if mutable {
        SignatureToken::MutableReference(Box::new(type_))
    } else {
        SignatureToken::Reference(Box::new(type_))
    }
}

/// The type of a struct with these type arguments.
fn struct_type(handle: StructHandleIndex, arguments: &[SignatureToken]) -> SignatureToken {
    if arguments.is_empty() {
        SignatureToken::Struct(handle)
    } else {
        SignatureToken::StructInstantiation(handle, arguments.to_vec())
    }
}

impl Checker<'_, '_> {
    fn check(&mut self, instruction: &Instruction) -> Result<(), Fault> {
        use Instruction as I;
        match instruction {
            I::Nop | I::Branch(_) => Ok(()),
            I::Pop
            | I::BrTrue(_)
            | I::BrFalse(_)
            | I::Abort
            | I::Ret
            | I::CopyLoc(_)
            | I::MoveLoc(_)
            | I::StLoc(_)
            | I::MutBorrowLoc(_)
            | I::ImmBorrowLoc(_)
            | I::ReadRef
            | I::WriteRef
            | I::FreezeRef => self.check_value(instruction),
            I::LdU8(_) => self.push(SignatureToken::U8),
            I::LdU16(_) => self.push(SignatureToken::U16),
            I::LdU32(_) => self.push(SignatureToken::U32),
            I::LdU64(_) => self.push(SignatureToken::U64),
            I::LdU128(_) => self.push(SignatureToken::U128),
            I::LdU256(_) => self.push(SignatureToken::U256),
            I::LdTrue | I::LdFalse => self.push(SignatureToken::Bool),
            I::LdConst(index) => {
                let type_ = self.body.tables.constant(*index)?.type_.clone();
                self.push(type_)
            }
            I::CastU8 => self.cast(SignatureToken::U8),
            I::CastU16 => self.cast(SignatureToken::U16),
            I::CastU32 => self.cast(SignatureToken::U32),
            I::CastU64 => self.cast(SignatureToken::U64),
            I::CastU128 => self.cast(SignatureToken::U128),
            I::CastU256 => self.cast(SignatureToken::U256),
            I::Add
            | I::Sub
            | I::Mul
            | I::Mod
            | I::Div
            | I::BitOr
            | I::BitAnd
            | I::Xor
            | I::Shl
            | I::Shr
            | I::Lt
            | I::Gt
            | I::Le
            | I::Ge
            | I::Or
            | I::And
            | I::Not
            | I::Eq
            | I::Neq => self.check_operator(instruction),
            I::Call(_)
            | I::CallGeneric(_)
            | I::Pack(_)
            | I::PackGeneric(_)
            | I::Unpack(_)
            | I::UnpackGeneric(_)
            | I::MutBorrowField(_)
            | I::MutBorrowFieldGeneric(_)
            | I::ImmBorrowField(_)
            | I::ImmBorrowFieldGeneric(_)
            | I::Exists(_)
            | I::ExistsGeneric(_)
            | I::MutBorrowGlobal(_)
            | I::MutBorrowGlobalGeneric(_)
            | I::ImmBorrowGlobal(_)
            | I::ImmBorrowGlobalGeneric(_)
            | I::MoveFrom(_)
            | I::MoveFromGeneric(_)
            | I::MoveTo(_)
            | I::MoveToGeneric(_) => self.check_declared(instruction),
            I::VecPack(_, _)
            | I::VecLen(_)
            | I::VecImmBorrow(_)
            | I::VecMutBorrow(_)
            | I::VecPushBack(_)
            | I::VecPopBack(_)
            | I::VecUnpack(_, _)
            | I::VecSwap(_) => self.check_vector(instruction),
        }
    }

    fn push(&mut self, type_: SignatureToken) -> Result<(), Fault> {
        self.meter.charge_items(UNITS_PER_TYPE_NODE, instantiation::nodes(&type_))?;
        self.stack.push(type_);
        Ok(())
    }

    /// The uppermost operand. Stack usage has shown that there is one.
    fn pop(&mut self) -> Result<SignatureToken, Fault> {
        self.stack.pop().ok_or(Fault::new(Status::VerifierInvariantViolation))
    }

    fn charge_types(&mut self, types: &[SignatureToken]) -> Result<(), Fault> {
        let nodes = types.iter().map(instantiation::nodes).fold(0, usize::saturating_add);
        self.meter.charge_items(UNITS_PER_TYPE_NODE, nodes)
    }

    fn abilities(&self, type_: &SignatureToken) -> Result<Abilities, Fault> {
        self.body.tables.abilities(type_, self.body.function.type_parameters)
    }

    fn require_ability(
        &self,
        type_: &SignatureToken,
        ability: Ability,
        otherwise: Status,
    ) -> Result<(), Fault> {
        require(self.abilities(type_)?.has(ability), otherwise)
    }

    // Values, locals, references and the end of a block

    fn check_value(&mut self, instruction: &Instruction) -> Result<(), Fault> {
        use Instruction as I;
        match instruction {
            I::Pop => {
                let operand = self.pop()?;
                self.require_ability(&operand, Ability::Drop, Status::PopWithoutDropAbility)
            }
            I::BrTrue(_) | I::BrFalse(_) => {
                require(self.pop()? == SignatureToken::Bool, Status::BrTypeMismatchError)
            }
            I::Abort => require(self.pop()? == SignatureToken::U64, Status::AbortTypeMismatchError),
            I::Ret => {
                let returns = self.body.function.returns;
                for expected in returns.0.iter().rev() {
                    require(self.pop()? == *expected, Status::RetTypeMismatchError)?;
                }
                Ok(())
            }
            I::CopyLoc(local) => {
                let type_ = self.body.local(*local)?;
                self.require_ability(type_, Ability::Copy, Status::CopylocWithoutCopyAbility)?;
                self.push(type_.clone())
            }
            I::MoveLoc(local) => {
                let type_ = self.body.local(*local)?;
                self.push(type_.clone())
            }
            I::StLoc(local) => {
                let type_ = self.body.local(*local)?;
                require(self.pop()? == *type_, Status::StlocTypeMismatchError)
            }
            I::MutBorrowLoc(local) => self.borrow_local(true, *local),
            I::ImmBorrowLoc(local) => self.borrow_local(false, *local),
            I::ReadRef => self.read_reference(),
            I::WriteRef => self.write_reference(),
            I::FreezeRef => match self.pop()? {
                SignatureToken::MutableReference(to) => self.push(SignatureToken::Reference(to)),
                _ => Err(Fault::new(Status::FreezerefTypeMismatchError)),
            },
            _ => Err(Fault::new(Status::VerifierInvariantViolation)),
        }
    }

    fn borrow_local(&mut self, mutable: bool, local: LocalIndex) -> Result<(), Fault> {
        let type_ = self.body.local(local)?;
        require(!type_.is_reference(), Status::BorrowlocReferenceError)?;
        self.push(reference_to(mutable, type_.clone()))
    }

    fn read_reference(&mut self) -> Result<(), Fault> {
        match self.pop()? {
            SignatureToken::Reference(to) | SignatureToken::MutableReference(to) => {
                self.require_ability(&to, Ability::Copy, Status::ReadrefWithoutCopyAbility)?;
                self.push(*to)
            }
            _ => Err(Fault::new(Status::ReadrefTypeMismatchError)),
        }
    }

    fn write_reference(&mut self) -> Result<(), Fault> {
        let reference = self.pop()?;
        let value = self.pop()?;
        let SignatureToken::MutableReference(to) = reference else {
            return Err(Fault::new(Status::WriterefNoMutableReferenceError));
        };
        self.require_ability(&to, Ability::Drop, Status::WriterefWithoutDropAbility)?;
        require(value == *to, Status::WriterefTypeMismatchError)
    }

    // Operators

    fn cast(&mut self, to: SignatureToken) -> Result<(), Fault> {
        require(self.pop()?.is_integer(), Status::IntegerOpTypeMismatchError)?;
        self.push(to)
    }

    fn check_operator(&mut self, instruction: &Instruction) -> Result<(), Fault> {
        use Instruction as I;
        let right = self.pop()?;
        if matches!(instruction, I::Not) {
            require(right == SignatureToken::Bool, Status::BooleanOpTypeMismatchError)?;
            return self.push(SignatureToken::Bool);
        }
        let left = self.pop()?;
        match instruction {
            I::Shl | I::Shr => {
                let fits = left.is_integer() && right == SignatureToken::U8;
                require(fits, Status::IntegerOpTypeMismatchError)?;
                self.push(left)
            }
            I::Lt | I::Gt | I::Le | I::Ge => {
                let fits = left.is_integer() && left == right;
                require(fits, Status::IntegerOpTypeMismatchError)?;
                self.push(SignatureToken::Bool)
            }
            I::Or | I::And => {
                let fits = left == SignatureToken::Bool && right == SignatureToken::Bool;
                require(fits, Status::BooleanOpTypeMismatchError)?;
                self.push(SignatureToken::Bool)
            }
            I::Eq | I::Neq => {
                // both operands are gone after the comparison
                let fits = self.abilities(&right)?.has(Ability::Drop) && left == right;
                require(fits, Status::EqualityOpTypeMismatchError)?;
                self.push(SignatureToken::Bool)
            }
            _ => {
                let fits = left.is_integer() && left == right;
                require(fits, Status::IntegerOpTypeMismatchError)?;
                self.push(left)
            }
        }
    }

    // Functions, structs and storage

    fn check_declared(&mut self, instruction: &Instruction) -> Result<(), Fault> {
        use Instruction as I;
        match instruction {
            I::Call(function) => self.call(*function, &[]),
            I::CallGeneric(instance) => {
                let (function, arguments) = self.body.function_instance(*instance)?;
                self.charge_types(arguments)?;
                self.call(function, arguments)
            }
            I::MutBorrowField(field) => self.borrow_field(true, *field, &[]),
            I::ImmBorrowField(field) => self.borrow_field(false, *field, &[]),
            I::MutBorrowFieldGeneric(instance) | I::ImmBorrowFieldGeneric(instance) => {
                let (field, arguments) = self.body.field_instance(*instance)?;
                self.charge_types(arguments)?;
                let mutable = matches!(instruction, I::MutBorrowFieldGeneric(_));
                self.borrow_field(mutable, field, arguments)
            }
            I::Pack(definition)
            | I::Unpack(definition)
            | I::Exists(definition)
            | I::MutBorrowGlobal(definition)
            | I::ImmBorrowGlobal(definition)
            | I::MoveFrom(definition)
            | I::MoveTo(definition) => self.check_struct(instruction, *definition, &[]),
            I::PackGeneric(instance)
            | I::UnpackGeneric(instance)
            | I::ExistsGeneric(instance)
            | I::MutBorrowGlobalGeneric(instance)
            | I::ImmBorrowGlobalGeneric(instance)
            | I::MoveFromGeneric(instance)
            | I::MoveToGeneric(instance) => {
                let (definition, arguments) = self.body.instance(*instance)?;
                self.charge_types(arguments)?;
                self.check_struct(instruction, definition, arguments)
            }
            _ => Err(Fault::new(Status::VerifierInvariantViolation)),
        }
    }

    fn call(
        &mut self,
        function: FunctionHandleIndex,
        arguments: &[SignatureToken],
    ) -> Result<(), Fault> {
        let handle = self.body.tables.function_handle(function)?;
        for parameter in self.body.tables.signature(handle.parameters)?.0.iter().rev() {
            let operand = self.pop()?;
            let fits = is_instance_of(&operand, parameter, arguments)?;
            require(fits, Status::CallTypeMismatchError)?;
        }
        for result in &self.body.tables.signature(handle.returns)?.0 {
            self.stack.push(pushed_instance(result, arguments, self.meter)?);
        }
        Ok(())
    }

    fn borrow_field(
        &mut self,
        mutable: bool,
        field: FieldHandleIndex,
        arguments: &[SignatureToken],
    ) -> Result<(), Fault> {
        let mismatch = Fault::new(Status::BorrowfieldTypeMismatchError);
        let owner = match self.pop()? {
            SignatureToken::MutableReference(owner) => owner,
            SignatureToken::Reference(owner) if !mutable => owner,
            _ => return Err(mismatch),
        };
        let handle = self.body.tables.field_handle(field)?;
        let definition = self.body.tables.struct_definition(handle.owner)?;
        if *owner != struct_type(definition.handle, arguments) {
            return Err(mismatch);
        }
        let fields = self.body.tables.fields(handle.owner)?;
        let declared = fields
            .and_then(|fields| fields.get(usize::from(handle.field)))
            .ok_or(Fault::new(Status::BorrowfieldBadFieldError))?;
        self.meter.charge(UNITS_PER_TYPE_NODE)?;
        let type_ = pushed_instance(&declared.type_, arguments, self.meter)?;
        self.stack.push(reference_to(mutable, type_));
        Ok(())
    }

    fn check_struct(
        &mut self,
        instruction: &Instruction,
        definition: StructDefinitionIndex,
        arguments: &[SignatureToken],
    ) -> Result<(), Fault> {
        use Instruction as I;
        let handle = self.body.tables.struct_definition(definition)?.handle;
        let type_ = struct_type(handle, arguments);
        match instruction {
            I::Pack(_) | I::PackGeneric(_) => self.pack(type_, definition, arguments),
            I::Unpack(_) | I::UnpackGeneric(_) => self.unpack(&type_, definition, arguments),
            I::Exists(_) | I::ExistsGeneric(_) => {
                let otherwise = Status::ExistsWithoutKeyAbilityOrBadArgument;
                self.require_ability(&type_, Ability::Key, otherwise)?;
                require(self.pop()? == SignatureToken::Address, otherwise)?;
                self.push(SignatureToken::Bool)
            }
            I::MoveFrom(_) | I::MoveFromGeneric(_) => {
                self.require_ability(&type_, Ability::Key, Status::MovefromWithoutKeyAbility)?;
                let operand = self.pop()?;
                require(operand == SignatureToken::Address, Status::MovefromTypeMismatchError)?;
                self.push(type_)
            }
            I::MoveTo(_) | I::MoveToGeneric(_) => self.move_to(&type_),
            _ => {
                let mutable =
                    matches!(instruction, I::MutBorrowGlobal(_) | I::MutBorrowGlobalGeneric(_));
                let operand = self.pop()?;
                require(operand == SignatureToken::Address, Status::BorrowglobalTypeMismatchError)?;
                self.require_ability(&type_, Ability::Key, Status::BorrowglobalWithoutKeyAbility)?;
                self.push(reference_to(mutable, type_))
            }
        }
    }

    fn pack(
        &mut self,
        type_: SignatureToken,
        definition: StructDefinitionIndex,
        arguments: &[SignatureToken],
    ) -> Result<(), Fault> {
        let fields = self.body.tables.fields(definition)?;
        for field in fields.ok_or(Fault::new(Status::PackTypeMismatchError))?.iter().rev() {
            let operand = self.pop()?;
            let fits = is_instance_of(&operand, &field.type_, arguments)?;
            require(fits, Status::PackTypeMismatchError)?;
        }
        self.push(type_)
    }

    fn unpack(
        &mut self,
        type_: &SignatureToken,
        definition: StructDefinitionIndex,
        arguments: &[SignatureToken],
    ) -> Result<(), Fault> {
        require(self.pop()? == *type_, Status::UnpackTypeMismatchError)?;
        let fields = self.body.tables.fields(definition)?;
        for field in fields.ok_or(Fault::new(Status::PackTypeMismatchError))? {
            self.stack.push(pushed_instance(&field.type_, arguments, self.meter)?);
        }
        Ok(())
    }

    fn move_to(&mut self, type_: &SignatureToken) -> Result<(), Fault> {
        self.require_ability(type_, Ability::Key, Status::MovetoWithoutKeyAbility)?;
        let resource = self.pop()?;
        let signer = self.pop()?;
        require(resource == *type_, Status::MovetoTypeMismatchError)?;
        let signed =
            matches!(signer, SignatureToken::Reference(to) if *to == SignatureToken::Signer);
        require(signed, Status::MovetoTypeMismatchError)
    }

    // Vectors

    fn check_vector(&mut self, instruction: &Instruction) -> Result<(), Fault> {
        use Instruction as I;
        match instruction {
            I::VecPack(element, count) => {
                let element = self.body.element(*element)?;
                for _ in 0..*count {
                    require(self.pop()? == *element, Status::TypeMismatch)?;
                }
                self.push(SignatureToken::Vector(Box::new(element.clone())))
            }
            I::VecUnpack(element, count) => {
                let operand = self.pop()?;
                let element = self.body.element(*element)?;
                let fits = matches!(operand, SignatureToken::Vector(of) if *of == *element);
                require(fits, Status::TypeMismatch)?;
                for _ in 0..*count {
                    self.push(element.clone())?;
                }
                Ok(())
            }
            I::VecLen(element) => {
                self.pop_vector_reference(false, *element)?;
                self.push(SignatureToken::U64)
            }
            I::VecImmBorrow(element) | I::VecMutBorrow(element) => {
                let mutable = matches!(instruction, I::VecMutBorrow(_));
                require(self.pop()? == SignatureToken::U64, Status::TypeMismatch)?;
                let element = self.pop_vector_reference(mutable, *element)?;
                self.push(reference_to(mutable, element))
            }
            I::VecPushBack(element) => {
                let operand = self.pop()?;
                require(operand == *self.body.element(*element)?, Status::TypeMismatch)?;
                self.pop_vector_reference(true, *element).map(drop)
            }
            I::VecPopBack(element) => {
                let element = self.pop_vector_reference(true, *element)?;
                self.push(element)
            }
            I::VecSwap(element) => {
                let indices = [self.pop()?, self.pop()?];
                let fits = indices.iter().all(|index| *index == SignatureToken::U64);
                require(fits, Status::TypeMismatch)?;
                self.pop_vector_reference(true, *element).map(drop)
            }
            _ => Err(Fault::new(Status::VerifierInvariantViolation)),
        }
    }

    /// Takes a reference to a vector of the elements that the instruction names.
    fn pop_vector_reference(
        &mut self,
        mutable: bool,
        element: SignatureIndex,
    ) -> Result<SignatureToken, Fault> {
        let vector = match self.pop()? {
            SignatureToken::MutableReference(vector) => vector,
            SignatureToken::Reference(vector) if !mutable => vector,
            _ => return Err(Fault::new(Status::TypeMismatch)),
        };
        match *vector {
            SignatureToken::Vector(of) if *of == *self.body.element(element)? => Ok(*of),
            _ => Err(Fault::new(Status::TypeMismatch)),
        }
    }
}

#[cfg(test)]
mod tests;
