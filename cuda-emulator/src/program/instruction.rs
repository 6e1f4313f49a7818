//! What an executable instruction is.

use crate::ptx::{Space, Type};

/// The number of a register: 32 lanes of up to 64 bits, zero extended from its width.
pub type Register = u32;
/// The number of a predicate register, a bit a lane.
pub type Predicate = u32;

#[derive(Debug)]
pub struct Instruction {
    pub action: Action,
    /// Lanes for which this is false do nothing.
    pub guard: Flag,
    /// Line of the PTX.
    pub line: u32,
}

/// An operand: a register or a constant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Source(u32);

const CONSTANT: u32 = 1 << 31;

impl Source {
    pub fn register(register: Register) -> Source {
        Source(register)
    }

    pub fn constant(index: u32) -> Source {
        Source(index | CONSTANT)
    }

    /// The index of a constant, or else the register.
    #[inline(always)]
    pub fn as_constant(self) -> Result<usize, Register> {
        if self.0 & CONSTANT == 0 {
            Err(self.0)
        } else {
            Ok((self.0 & !CONSTANT) as usize)
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.as_constant() {
            Ok(index) => write!(f, "c{index}"),
            Err(register) => write!(f, "r{register}"),
        }
    }
}

/// A truth value for each lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    Constant(bool),
    Register { register: Predicate, negated: bool },
}

/// A row of the table of constants, known when a kernel is launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constant {
    Bits(u64),
    /// A launch parameter.
    Parameter {
        offset: u64,
        bytes: u8,
    },
    /// `blockDim`.
    BlockSize(u8),
    /// `gridDim`.
    GridSize(u8),
    WarpCount,
    DynamicSharedBytes,
}

/// What differs between the warps and lanes of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Special {
    /// `threadIdx`.
    Thread(u8),
    /// `blockIdx`.
    Block(u8),
    Lane,
    Warp,
    LanesBelow {
        inclusive: bool,
    },
    LanesAbove {
        inclusive: bool,
    },
    LaneItself,
}

#[derive(Debug)]
pub enum Action {
    Compute {
        operation: Operation,
        ty: Type,
        to: Register,
        from: [Source; 3],
    },
    /// Additions and products that take or leave a carry.
    Carry {
        operation: Operation,
        ty: Type,
        to: Register,
        from: [Source; 3],
        takes: bool,
        leaves: bool,
    },
    Compare {
        comparison: Comparison,
        ty: Type,
        to: [Option<Predicate>; 2],
        from: [Source; 2],
        combine: Option<Combine>,
    },
    Select {
        to: Register,
        from: [Source; 2],
        flag: Flag,
    },
    Logic {
        logic: Logic,
        to: Predicate,
        from: [Flag; 2],
    },
    /// Parts of `bytes` each, the lowest first.
    Unpack {
        to: [Option<Register>; 4],
        from: Source,
        bytes: u8,
    },
    Pack {
        to: Register,
        from: [Source; 4],
        count: u8,
        bytes: u8,
    },
    Load(Box<Load>),
    Store(Box<Store>),
    Atomic(Box<Atomic>),
    /// `cp.async`: from global to shared memory, done when it is waited for.
    AsyncCopy(Box<AsyncCopy>),
    /// What was begun since the last such is a group.
    CommitCopies,
    /// For all groups but the last `later` ones.
    WaitForCopies {
        later: u32,
    },
    Branch {
        to: u32,
    },
    Exit,
    Trap(Trap),
    Barrier {
        number: u32,
        reduction: Option<(Reduction, Flag, u32)>,
    },
    WarpSync {
        mask: Source,
    },
    Shuffle {
        mode: ShuffleMode,
        to: Register,
        valid: Option<Predicate>,
        from: [Source; 4],
    },
    Vote {
        vote: Vote,
        to: u32,
        flag: Flag,
        mask: Source,
    },
    Gather {
        gather: Gather,
        ty: Type,
        to: Register,
        from: Source,
        mask: Source,
    },
    ActiveMask {
        to: Register,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    Move,
    Add,
    Subtract,
    Multiply,
    MultiplyHigh,
    MultiplyWide,
    MultiplyAdd,
    MultiplyAddHigh,
    MultiplyAddWide,
    Fused,
    Divide,
    Remainder,
    Reciprocal,
    ReciprocalApproximate,
    RootReciprocalApproximate,
    SquareRoot,
    Negate,
    Absolute,
    Minimum,
    Maximum,
    CopySign,
    And,
    Or,
    Xor,
    Not,
    /// `cnot`: 1 for 0, else 0.
    IsZero,
    ShiftLeft,
    ShiftRight,
    LeadingZeros,
    PopulationCount,
    ReverseBits,
    /// `bfind`, with `shiftamt` counting from the top.
    FindBit {
        from_top: bool,
    },
    ExtractBits,
    /// `bfi`, of which position and length have to be constants.
    InsertBits {
        position: u8,
        length: u8,
    },
    Permute,
    /// `lop3`: any function of three bits, as a truth table.
    Table(u8),
    FunnelLeft {
        clamp: bool,
    },
    FunnelRight {
        clamp: bool,
    },
    Exp2Approximate,
    Log2Approximate,
    SineApproximate,
    CosineApproximate,
    /// From a type to the instruction's, into a register of `width` bytes.
    Convert {
        from: Type,
        rounding: Rounding,
        width: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest value of the new type.
    Nearest,
    /// Towards zero, as `rz` and `rzi`.
    Zero,
    Down,
    Up,
    /// To the nearest integer, ties to even (`rni`); as a float or an integer.
    NearestInteger,
    ZeroInteger,
    DownInteger,
    UpInteger,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    EqualOrNan,
    NotEqualOrNan,
    LessOrNan,
    LessEqualOrNan,
    GreaterOrNan,
    GreaterEqualOrNan,
    Numbers,
    Nan,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logic {
    And,
    Or,
    Xor,
}

/// `setp` may combine its result with a predicate.
#[derive(Clone, Copy, Debug)]
pub struct Combine {
    pub logic: Logic,
    pub flag: Flag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShuffleMode {
    Down,
    Up,
    Butterfly,
    Index,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    All,
    Any,
    Uniform,
    /// Its result is a register, of the others a predicate.
    Ballot,
}

/// Why a kernel ends itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    /// The instruction `trap`.
    Instruction,
    /// A call of `assert` that failed.
    Assertion,
}

/// What lanes of a mask find out about each other's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gather {
    /// `match.any`: the lanes with the same value.
    Same,
    /// `redux`: one value of all.
    Reduced(AtomicKind),
}

/// `__syncthreads_count`, `_and`, `_or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    Count,
    And,
    Or,
}

#[derive(Debug)]
pub struct Load {
    pub space: Space,
    pub ty: Type,
    pub address: Source,
    pub offset: i64,
    pub to: [Option<Register>; 4],
    pub count: u8,
    /// Width of the destination registers.
    pub width: u8,
    /// `ld.global.nc`: nobody writes there during the launch.
    pub is_read_only: bool,
    /// Ordered by the memory model (`relaxed`, `acquire`): no race with atomics.
    pub is_atomic: bool,
}

#[derive(Debug)]
pub struct Store {
    pub space: Space,
    pub ty: Type,
    pub address: Source,
    pub offset: i64,
    pub from: [Source; 4],
    pub count: u8,
    pub is_atomic: bool,
}

#[derive(Debug)]
pub struct AsyncCopy {
    pub to: Source,
    pub to_offset: i64,
    pub from: Source,
    pub from_offset: i64,
    pub bytes: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtomicKind {
    Add,
    Minimum,
    Maximum,
    And,
    Or,
    Xor,
    Exchange,
    CompareAndSwap,
    Increment,
    Decrement,
}

#[derive(Debug)]
pub struct Atomic {
    pub kind: AtomicKind,
    pub space: Space,
    pub ty: Type,
    pub address: Source,
    pub offset: i64,
    /// None for `red`.
    pub to: Option<Register>,
    pub from: [Source; 2],
}
