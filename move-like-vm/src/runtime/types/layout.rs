//! Types written out: how many nodes they have with all fields, and how many bytes their values take.

use super::{LAYOUT_NODES_MAX, Type, TypeId, Types, VALUE_DEPTH_MAX};
use crate::runtime::heap::OBJECT_BYTES;
use crate::runtime::module::Modules;
use crate::runtime::stop::Stop;
use crate::status::Status;

impl Types {
    /// Finds every field of a type, and refuses a type with too many of them or too deep.
    ///
    /// Values of a type that passed can be read from and written to storage.
    pub(crate) fn resolve_layout(&mut self, modules: &Modules, id: TypeId) -> Result<(), Stop> {
        let mut nodes = 0;
        self.count(modules, id, 1, &mut nodes)
    }

    fn count(
        &mut self,
        modules: &Modules,
        id: TypeId,
        depth: u32,
        nodes: &mut u32,
    ) -> Result<(), Stop> {
        if *nodes > LAYOUT_NODES_MAX {
            return Err(Status::TooManyTypeNodes.into());
        }
        if depth > VALUE_DEPTH_MAX || self.value_depth(id) > VALUE_DEPTH_MAX {
            return Err(Status::VmMaxValueDepthReached.into());
        }
        let below = depth.saturating_add(1);
        let before = *nodes;
        if let Some(known) = self.entry(id)?.layout {
            *nodes = nodes.saturating_add(known);
            return if *nodes > LAYOUT_NODES_MAX.saturating_add(1) {
                Err(Status::TooManyTypeNodes.into())
            } else {
                Ok(())
            };
        }
        *nodes = nodes.saturating_add(1);
        match self.get(id)?.clone() {
            Type::Vector(element) => self.count(modules, element, below, nodes)?,
            Type::Struct(..) => {
                self.resolve_fields(modules, id)?;
                let fields: Vec<TypeId> = self.fields(id)?.to_vec();
                for field in fields {
                    self.count(modules, field, below, nodes)?;
                }
            }
            Type::Reference(_) | Type::MutableReference(_) => {
                return Err(Status::UnknownInvariantViolationError.into());
            }
            _ => {}
        }
        let all = nodes.saturating_sub(before);
        if let Some(entry) = self.entries.get_mut(id.index()) {
            entry.layout = Some(all);
        }
        Ok(())
    }

    /// How many nodes the type has with all fields; `None` before its layout is resolved.
    #[inline]
    pub(crate) fn layout_nodes(&self, id: TypeId) -> Option<u32> {
        self.entries.get(id.index())?.layout
    }

    /// Whether a value of the type, whose layout is resolved, may hold a signer.
    pub(crate) fn holds_signer(&self, id: TypeId) -> bool {
        match self.get(id) {
            Ok(Type::Signer) | Err(_) => true,
            Ok(Type::Vector(inner) | Type::Reference(inner) | Type::MutableReference(inner)) => {
                self.holds_signer(*inner)
            }
            Ok(Type::Struct(..)) => match self.fields(id) {
                Ok(fields) => fields.iter().any(|field| self.holds_signer(*field)),
                Err(_) => true,
            },
            Ok(_) => false,
        }
    }

    /// How many bytes a value of the type counts when it is copied, compared or stored; `None` where
    /// that depends on the value.
    pub(crate) fn fixed_size(&self, id: TypeId) -> Option<u64> {
        Some(match self.get(id).ok()? {
            Type::Bool | Type::U8 => 1,
            Type::U16 => 2,
            Type::U32 => 4,
            Type::U64 => 8,
            Type::U128 => 16,
            Type::U256 | Type::Address | Type::Signer => 32,
            Type::Vector(_) => return None,
            Type::Struct(..) => {
                self.entry(id).ok()?.layout?;
                self.fields(id).ok()?.iter().try_fold(OBJECT_BYTES, |sum, field| {
                    Some(sum.saturating_add(self.fixed_size(*field)?))
                })?
            }
            Type::Reference(inner) | Type::MutableReference(inner) => self.fixed_size(*inner)?,
        })
    }
}
