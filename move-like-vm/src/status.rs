//! The outcome of decoding, verifying or running code, under the names and numbers that Move uses.
//!
//! # Place      [status] <- every other module of the crate
//! # Invariants a number and a name mean one thing for ever: old blocks execute alike
//! # Absent     where and why: [`crate::fault::Fault`] carries these

use std::fmt;

macro_rules! statuses {
    ($($(#[$attribute:meta])* $variant:ident = $number:literal, $name:literal;)*) => {
        /// One status of the Move virtual machine.
        ///
        /// The ranges are those of Move: 1000 to 1999 verification, 2000 to 2999 a broken invariant of
        /// the machine, 3000 to 3999 decoding, 4000 to 4999 run time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Status {
            $($(#[$attribute])* #[doc = $name] $variant = $number,)*
        }

        impl Status {
            /// Every status, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The number that Move gives it.
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$variant => $number,)*
                }
            }

            /// The name that Move gives it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

statuses! {
    // verification: 1000 to 1999
    UnknownVerificationError = 1000, "UNKNOWN_VERIFICATION_ERROR";
    IndexOutOfBounds = 1001, "INDEX_OUT_OF_BOUNDS";
    InvalidSignatureToken = 1003, "INVALID_SIGNATURE_TOKEN";
    RecursiveStructDefinition = 1005, "RECURSIVE_STRUCT_DEFINITION";
    FieldMissingTypeAbility = 1006, "FIELD_MISSING_TYPE_ABILITY";
    InvalidFallThrough = 1007, "INVALID_FALL_THROUGH";
    NegativeStackSizeWithinBlock = 1009, "NEGATIVE_STACK_SIZE_WITHIN_BLOCK";
    InvalidMainFunctionSignature = 1011, "INVALID_MAIN_FUNCTION_SIGNATURE";
    DuplicateElement = 1012, "DUPLICATE_ELEMENT";
    InvalidModuleHandle = 1013, "INVALID_MODULE_HANDLE";
    UnimplementedHandle = 1014, "UNIMPLEMENTED_HANDLE";
    LookupFailed = 1017, "LOOKUP_FAILED";
    TypeMismatch = 1020, "TYPE_MISMATCH";
    MissingDependency = 1021, "MISSING_DEPENDENCY";
    PopWithoutDropAbility = 1023, "POP_WITHOUT_DROP_ABILITY";
    BrTypeMismatchError = 1025, "BR_TYPE_MISMATCH_ERROR";
    AbortTypeMismatchError = 1026, "ABORT_TYPE_MISMATCH_ERROR";
    StlocTypeMismatchError = 1027, "STLOC_TYPE_MISMATCH_ERROR";
    StlocUnsafeToDestroyError = 1028, "STLOC_UNSAFE_TO_DESTROY_ERROR";
    UnsafeRetLocalOrResourceStillBorrowed = 1029, "UNSAFE_RET_LOCAL_OR_RESOURCE_STILL_BORROWED";
    RetTypeMismatchError = 1030, "RET_TYPE_MISMATCH_ERROR";
    RetBorrowedMutableReferenceError = 1031, "RET_BORROWED_MUTABLE_REFERENCE_ERROR";
    FreezerefTypeMismatchError = 1032, "FREEZEREF_TYPE_MISMATCH_ERROR";
    FreezerefExistsMutableBorrowError = 1033, "FREEZEREF_EXISTS_MUTABLE_BORROW_ERROR";
    BorrowfieldTypeMismatchError = 1034, "BORROWFIELD_TYPE_MISMATCH_ERROR";
    BorrowfieldBadFieldError = 1035, "BORROWFIELD_BAD_FIELD_ERROR";
    BorrowfieldExistsMutableBorrowError = 1036, "BORROWFIELD_EXISTS_MUTABLE_BORROW_ERROR";
    CopylocUnavailableError = 1037, "COPYLOC_UNAVAILABLE_ERROR";
    CopylocWithoutCopyAbility = 1038, "COPYLOC_WITHOUT_COPY_ABILITY";
    CopylocExistsBorrowError = 1039, "COPYLOC_EXISTS_BORROW_ERROR";
    MovelocUnavailableError = 1040, "MOVELOC_UNAVAILABLE_ERROR";
    MovelocExistsBorrowError = 1041, "MOVELOC_EXISTS_BORROW_ERROR";
    BorrowlocReferenceError = 1042, "BORROWLOC_REFERENCE_ERROR";
    BorrowlocUnavailableError = 1043, "BORROWLOC_UNAVAILABLE_ERROR";
    BorrowlocExistsBorrowError = 1044, "BORROWLOC_EXISTS_BORROW_ERROR";
    CallTypeMismatchError = 1045, "CALL_TYPE_MISMATCH_ERROR";
    CallBorrowedMutableReferenceError = 1046, "CALL_BORROWED_MUTABLE_REFERENCE_ERROR";
    PackTypeMismatchError = 1047, "PACK_TYPE_MISMATCH_ERROR";
    UnpackTypeMismatchError = 1048, "UNPACK_TYPE_MISMATCH_ERROR";
    ReadrefTypeMismatchError = 1049, "READREF_TYPE_MISMATCH_ERROR";
    ReadrefWithoutCopyAbility = 1050, "READREF_WITHOUT_COPY_ABILITY";
    ReadrefExistsMutableBorrowError = 1051, "READREF_EXISTS_MUTABLE_BORROW_ERROR";
    WriterefTypeMismatchError = 1052, "WRITEREF_TYPE_MISMATCH_ERROR";
    WriterefWithoutDropAbility = 1053, "WRITEREF_WITHOUT_DROP_ABILITY";
    WriterefExistsBorrowError = 1054, "WRITEREF_EXISTS_BORROW_ERROR";
    WriterefNoMutableReferenceError = 1055, "WRITEREF_NO_MUTABLE_REFERENCE_ERROR";
    IntegerOpTypeMismatchError = 1056, "INTEGER_OP_TYPE_MISMATCH_ERROR";
    BooleanOpTypeMismatchError = 1057, "BOOLEAN_OP_TYPE_MISMATCH_ERROR";
    EqualityOpTypeMismatchError = 1058, "EQUALITY_OP_TYPE_MISMATCH_ERROR";
    ExistsWithoutKeyAbilityOrBadArgument = 1059, "EXISTS_WITHOUT_KEY_ABILITY_OR_BAD_ARGUMENT";
    BorrowglobalTypeMismatchError = 1060, "BORROWGLOBAL_TYPE_MISMATCH_ERROR";
    BorrowglobalWithoutKeyAbility = 1061, "BORROWGLOBAL_WITHOUT_KEY_ABILITY";
    MovefromTypeMismatchError = 1062, "MOVEFROM_TYPE_MISMATCH_ERROR";
    MovefromWithoutKeyAbility = 1063, "MOVEFROM_WITHOUT_KEY_ABILITY";
    MovetoTypeMismatchError = 1064, "MOVETO_TYPE_MISMATCH_ERROR";
    MovetoWithoutKeyAbility = 1065, "MOVETO_WITHOUT_KEY_ABILITY";
    ModuleAddressDoesNotMatchSender = 1067, "MODULE_ADDRESS_DOES_NOT_MATCH_SENDER";
    NoModuleHandles = 1068, "NO_MODULE_HANDLES";
    PositiveStackSizeAtBlockEnd = 1069, "POSITIVE_STACK_SIZE_AT_BLOCK_END";
    MissingAcquiresAnnotation = 1070, "MISSING_ACQUIRES_ANNOTATION";
    ExtraneousAcquiresAnnotation = 1071, "EXTRANEOUS_ACQUIRES_ANNOTATION";
    DuplicateAcquiresAnnotation = 1072, "DUPLICATE_ACQUIRES_ANNOTATION";
    InvalidAcquiresAnnotation = 1073, "INVALID_ACQUIRES_ANNOTATION";
    GlobalReferenceError = 1074, "GLOBAL_REFERENCE_ERROR";
    ConstraintNotSatisfied = 1075, "CONSTRAINT_NOT_SATISFIED";
    NumberOfTypeArgumentsMismatch = 1076, "NUMBER_OF_TYPE_ARGUMENTS_MISMATCH";
    LoopInInstantiationGraph = 1077, "LOOP_IN_INSTANTIATION_GRAPH";
    ZeroSizedStruct = 1080, "ZERO_SIZED_STRUCT";
    LinkerError = 1081, "LINKER_ERROR";
    InvalidConstantType = 1082, "INVALID_CONSTANT_TYPE";
    MalformedConstantData = 1083, "MALFORMED_CONSTANT_DATA";
    EmptyCodeUnit = 1084, "EMPTY_CODE_UNIT";
    InvalidLoopSplit = 1085, "INVALID_LOOP_SPLIT";
    InvalidLoopBreak = 1086, "INVALID_LOOP_BREAK";
    InvalidLoopContinue = 1087, "INVALID_LOOP_CONTINUE";
    UnsafeRetUnusedValuesWithoutDrop = 1088, "UNSAFE_RET_UNUSED_VALUES_WITHOUT_DROP";
    TooManyLocals = 1089, "TOO_MANY_LOCALS";
    GenericMemberOpcodeMismatch = 1090, "GENERIC_MEMBER_OPCODE_MISMATCH";
    FunctionResolutionFailure = 1091, "FUNCTION_RESOLUTION_FAILURE";
    InvalidOperationInScript = 1094, "INVALID_OPERATION_IN_SCRIPT";
    DuplicateModuleName = 1095, "DUPLICATE_MODULE_NAME";
    BackwardIncompatibleModuleUpdate = 1096, "BACKWARD_INCOMPATIBLE_MODULE_UPDATE";
    CyclicModuleDependency = 1097, "CYCLIC_MODULE_DEPENDENCY";
    NumberOfArgumentsMismatch = 1098, "NUMBER_OF_ARGUMENTS_MISMATCH";
    InvalidParamTypeForDeserialization = 1099, "INVALID_PARAM_TYPE_FOR_DESERIALIZATION";
    FailedToDeserializeArgument = 1100, "FAILED_TO_DESERIALIZE_ARGUMENT";
    NumberOfSignerArgumentsMismatch = 1101, "NUMBER_OF_SIGNER_ARGUMENTS_MISMATCH";
    CalledScriptVisibleFromNonScriptVisible = 1102, "CALLED_SCRIPT_VISIBLE_FROM_NON_SCRIPT_VISIBLE";
    ExecuteEntryFunctionCalledOnNonEntryFunction = 1103, "EXECUTE_ENTRY_FUNCTION_CALLED_ON_NON_ENTRY_FUNCTION";
    InvalidFriendDeclWithSelf = 1104, "INVALID_FRIEND_DECL_WITH_SELF";
    InvalidFriendDeclWithModulesOutsideAccountAddress = 1105, "INVALID_FRIEND_DECL_WITH_MODULES_OUTSIDE_ACCOUNT_ADDRESS";
    InvalidFriendDeclWithModulesInDependencies = 1106, "INVALID_FRIEND_DECL_WITH_MODULES_IN_DEPENDENCIES";
    CyclicModuleFriendship = 1107, "CYCLIC_MODULE_FRIENDSHIP";
    InvalidPhantomTypeParamPosition = 1108, "INVALID_PHANTOM_TYPE_PARAM_POSITION";
    VecUpdateExistsMutableBorrowError = 1109, "VEC_UPDATE_EXISTS_MUTABLE_BORROW_ERROR";
    VecBorrowElementExistsMutableBorrowError = 1110, "VEC_BORROW_ELEMENT_EXISTS_MUTABLE_BORROW_ERROR";
    LoopMaxDepthReached = 1111, "LOOP_MAX_DEPTH_REACHED";
    TooManyTypeParameters = 1112, "TOO_MANY_TYPE_PARAMETERS";
    TooManyParameters = 1113, "TOO_MANY_PARAMETERS";
    TooManyBasicBlocks = 1114, "TOO_MANY_BASIC_BLOCKS";
    ValueStackOverflow = 1115, "VALUE_STACK_OVERFLOW";
    TooManyTypeNodes = 1116, "TOO_MANY_TYPE_NODES";
    ValueStackPushOverflow = 1117, "VALUE_STACK_PUSH_OVERFLOW";
    MaxFunctionDefinitionsReached = 1119, "MAX_FUNCTION_DEFINITIONS_REACHED";
    MaxStructDefinitionsReached = 1120, "MAX_STRUCT_DEFINITIONS_REACHED";
    MaxFieldDefinitionsReached = 1121, "MAX_FIELD_DEFINITIONS_REACHED";
    // invariants: 2000 to 2999
    UnknownInvariantViolationError = 2000, "UNKNOWN_INVARIANT_VIOLATION_ERROR";
    EmptyValueStack = 2003, "EMPTY_VALUE_STACK";
    PcOverflow = 2005, "PC_OVERFLOW";
    VerificationError = 2006, "VERIFICATION_ERROR";
    StorageError = 2008, "STORAGE_ERROR";
    InternalTypeError = 2009, "INTERNAL_TYPE_ERROR";
    EventKeyMismatch = 2010, "EVENT_KEY_MISMATCH";
    Unreachable = 2011, "UNREACHABLE";
    VmStartupFailure = 2012, "VM_STARTUP_FAILURE";
    UnexpectedErrorFromKnownMoveFunction = 2015, "UNEXPECTED_ERROR_FROM_KNOWN_MOVE_FUNCTION";
    VerifierInvariantViolation = 2016, "VERIFIER_INVARIANT_VIOLATION";
    UnexpectedVerifierError = 2017, "UNEXPECTED_VERIFIER_ERROR";
    UnexpectedDeserializationError = 2018, "UNEXPECTED_DESERIALIZATION_ERROR";
    FailedToSerializeWriteSetChanges = 2019, "FAILED_TO_SERIALIZE_WRITE_SET_CHANGES";
    FailedToDeserializeResource = 2020, "FAILED_TO_DESERIALIZE_RESOURCE";
    TypeResolutionFailure = 2021, "TYPE_RESOLUTION_FAILURE";
    DuplicateNativeFunction = 2022, "DUPLICATE_NATIVE_FUNCTION";
    // decoding: 3000 to 3999
    UnknownBinaryError = 3000, "UNKNOWN_BINARY_ERROR";
    Malformed = 3001, "MALFORMED";
    BadMagic = 3002, "BAD_MAGIC";
    UnknownVersion = 3003, "UNKNOWN_VERSION";
    UnknownTableType = 3004, "UNKNOWN_TABLE_TYPE";
    UnknownSignatureType = 3005, "UNKNOWN_SIGNATURE_TYPE";
    UnknownSerializedType = 3006, "UNKNOWN_SERIALIZED_TYPE";
    UnknownOpcode = 3007, "UNKNOWN_OPCODE";
    BadHeaderTable = 3008, "BAD_HEADER_TABLE";
    UnexpectedSignatureType = 3009, "UNEXPECTED_SIGNATURE_TYPE";
    DuplicateTable = 3010, "DUPLICATE_TABLE";
    UnknownAbility = 3013, "UNKNOWN_ABILITY";
    UnknownNativeStructFlag = 3014, "UNKNOWN_NATIVE_STRUCT_FLAG";
    BadU16 = 3017, "BAD_U16";
    BadU32 = 3018, "BAD_U32";
    BadU64 = 3019, "BAD_U64";
    BadU128 = 3020, "BAD_U128";
    BadU256 = 3021, "BAD_U256";
    ValueSerializationError = 3022, "VALUE_SERIALIZATION_ERROR";
    ValueDeserializationError = 3023, "VALUE_DESERIALIZATION_ERROR";
    CodeDeserializationError = 3024, "CODE_DESERIALIZATION_ERROR";
    InvalidFlagBits = 3025, "INVALID_FLAG_BITS";
    // run time: 4000 to 4999
    UnknownRuntimeStatus = 4000, "UNKNOWN_RUNTIME_STATUS";
    Executed = 4001, "EXECUTED";
    OutOfGas = 4002, "OUT_OF_GAS";
    ResourceDoesNotExist = 4003, "RESOURCE_DOES_NOT_EXIST";
    ResourceAlreadyExists = 4004, "RESOURCE_ALREADY_EXISTS";
    MissingData = 4008, "MISSING_DATA";
    DataFormatError = 4009, "DATA_FORMAT_ERROR";
    Aborted = 4016, "ABORTED";
    ArithmeticError = 4017, "ARITHMETIC_ERROR";
    VectorOperationError = 4018, "VECTOR_OPERATION_ERROR";
    ExecutionStackOverflow = 4020, "EXECUTION_STACK_OVERFLOW";
    CallStackOverflow = 4021, "CALL_STACK_OVERFLOW";
    VmMaxTypeDepthReached = 4024, "VM_MAX_TYPE_DEPTH_REACHED";
    VmMaxValueDepthReached = 4025, "VM_MAX_VALUE_DEPTH_REACHED";
    VmExtensionError = 4026, "VM_EXTENSION_ERROR";
    StorageWriteLimitReached = 4027, "STORAGE_WRITE_LIMIT_REACHED";
    MemoryLimitExceeded = 4028, "MEMORY_LIMIT_EXCEEDED";
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
