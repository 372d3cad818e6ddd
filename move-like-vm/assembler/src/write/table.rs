//! The section that fixes the order of the tables.

use move_like_vm::format::{
    FieldHandle, FieldInstantiation, FunctionInstantiation, IdentifierIndex, MemberCount,
    StructDefInstantiation, StructFields,
};

use super::name::word;
use super::{Writer, constant, function_type_parameters, struct_capabilities};

impl Writer<'_> {
    /// The tables section; nothing where all tables are empty.
    pub(super) fn tables(&mut self) {
        self.blank();
        self.line("// What follows fixes the order of the tables; the code reads without it.");
        self.line("tables {");
        let tables = self.tables;
        self.table("identifiers", tables.identifiers, |_, name| word(name));
        self.table("addresses", tables.addresses, |_, address| constant::short_address(address));
        self.table("modules", tables.module_handles, |writer, handle| writer.module_parts(handle));
        self.table("structs", tables.struct_handles, |writer, handle| {
            let path = writer.member((handle.module, handle.name));
            format!("{path}{}", struct_capabilities(handle))
        });
        self.table("signatures", tables.signatures, |writer, signature| {
            let types: Vec<_> = signature.0.iter().map(|type_| writer.type_(type_)).collect();
            format!("({})", types.join(", "))
        });
        self.table("functions", tables.function_handles, |writer, handle| {
            let path = writer.member((handle.module, handle.name));
            let type_parameters = function_type_parameters(&handle.type_parameters);
            let (parameters, returns) =
                (writer.list(handle.parameters), writer.list(handle.returns));
            let returns = if returns.is_empty() { returns } else { format!(": ({returns})") };
            format!("{path}{type_parameters}({parameters}){returns}")
        });
        self.table("constants", tables.constants, |writer, constant| {
            format!("{} {}", writer.type_(&constant.type_), constant::bytes(&constant.data))
        });
        self.table("fields", tables.field_handles, Self::field_path);
        self.table("struct_instantiations", tables.struct_instantiations, Self::struct_instance);
        self.table(
            "function_instantiations",
            tables.function_instantiations,
            Self::function_instance,
        );
        self.table("field_instantiations", tables.field_instantiations, Self::field_instance);
        self.line("}");
    }

    fn table<T>(&mut self, name: &str, entries: &[T], write: impl Fn(&Self, &T) -> String) {
        if entries.is_empty() {
            return;
        }
        self.line(format_args!("    {name} {{"));
        for (index, entry) in entries.iter().enumerate() {
            let line = format!("        {}", write(self, entry));
            self.commented(&line, format_args!("#{index}"));
        }
        self.line("    }");
    }

    /// `Struct.name`, whether or not the struct has such a field.
    pub(super) fn field_path(&self, handle: &FieldHandle) -> String {
        let name = self.field_name(handle);
        let name = name.unwrap_or_else(|| format!("#{}", handle.field));
        format!("{}.{name}", self.definition(handle.owner))
    }

    /// The name of a field, if the assembler finds this field by it.
    fn field_name(&self, handle: &FieldHandle) -> Option<String> {
        let definition = self.tables.struct_definitions.get(handle.owner.get())?;
        let StructFields::Declared(fields) = &definition.fields else { return None };
        let name: IdentifierIndex = fields.get(usize::from(handle.field))?.name;
        let mut numbered = (0..=MemberCount::MAX).zip(fields);
        let (first, _) = numbered.find(|(_, field)| field.name == name)?;
        let written = self.identifier(name);
        (first == handle.field && !written.starts_with('#')).then_some(written)
    }

    pub(super) fn struct_instance(&self, entry: &StructDefInstantiation) -> String {
        format!("{}<{}>", self.definition(entry.definition), self.list(entry.type_arguments))
    }

    pub(super) fn function_instance(&self, entry: &FunctionInstantiation) -> String {
        format!("{}<{}>", self.function_path(entry.handle), self.list(entry.type_arguments))
    }

    pub(super) fn field_instance(&self, entry: &FieldInstantiation) -> String {
        let field = self.field(entry.handle);
        format!("{field}<{}>", self.list(entry.type_arguments))
    }
}
