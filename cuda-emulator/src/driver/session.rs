//! The emulated machine of this process: settings, cards, and what the handles of the program mean.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};

use super::Outcome;
use super::queue::Queue;
use super::status::Status;
use crate::card::{Card, Lane, Model, Moment, Timeline};
use crate::memory::{Uses, locked};
use crate::program::{Kernel, Program, Symbol};
use crate::report::{Report, Work, say};
use crate::settings::{Fault, Settings};

pub struct Session {
    pub settings: Settings,
    pub report: Report,
    pub cards: Vec<Card>,
    pub timeline: Mutex<Timeline<Work>>,
    allocations: AtomicU64,
    launches: AtomicU64,
    pub contexts: Handles<usize>,
    pub modules: Handles<Module>,
    pub functions: Handles<Function>,
    pub streams: Handles<Stream>,
    pub events: Handles<Event>,
    /// Pinned host memory by its address.
    pub pinned: Mutex<BTreeMap<usize, Pinned>>,
    /// Of whom runs work of streams.
    pub turn: Mutex<()>,
}

pub struct Module {
    pub card: usize,
    pub program: Program,
    pub symbols: HashMap<String, Symbol>,
    pub functions: Mutex<HashMap<String, u64>>,
}

pub struct Function {
    pub card: usize,
    pub module: u64,
    pub kernel: Arc<Kernel>,
    /// Dynamic shared memory it may have, in bytes.
    pub most_dynamic: AtomicI32,
}

pub struct Stream {
    pub card: usize,
    pub flags: u32,
    pub priority: i32,
    pub queue: Mutex<Queue>,
    pub lane: Arc<Lane>,
}

pub struct Event {
    pub card: usize,
    pub has_time: bool,
    pub recorded: Mutex<Option<Recorded>>,
}

/// A place in a stream.
#[derive(Clone)]
pub struct Recorded {
    /// None: what was recorded is done.
    pub stream: Option<Arc<Stream>>,
    /// Pieces of work of the stream before it and itself.
    pub until: u64,
    /// The modelled time at which it is reached.
    pub moment: Arc<Moment>,
}

/// Host memory that the driver handed out.
pub struct Pinned {
    pub bytes: usize,
    pub card: usize,
    pub uses: Mutex<Uses>,
}

/// Objects behind the pointers that a program holds. A pointer that was given back means nothing.
pub struct Handles<T> {
    objects: Mutex<HashMap<u64, Arc<T>>>,
}

/// Pointers that programs get; no two objects ever have the same.
static NEXT_HANDLE: AtomicU64 = AtomicU64::new(0x1000);

impl<T> Handles<T> {
    fn new() -> Handles<T> {
        Handles {
            objects: Mutex::new(HashMap::new()),
        }
    }

    pub fn insert(&self, object: T) -> u64 {
        let handle = NEXT_HANDLE.fetch_add(16, SeqCst);
        locked(self.objects.lock()).insert(handle, Arc::new(object));
        handle
    }

    pub fn get(&self, handle: u64) -> Outcome<Arc<T>> {
        locked(self.objects.lock())
            .get(&handle)
            .cloned()
            .ok_or(Status::INVALID_HANDLE)
    }

    pub fn remove(&self, handle: u64) -> Outcome<Arc<T>> {
        locked(self.objects.lock())
            .remove(&handle)
            .ok_or(Status::INVALID_HANDLE)
    }

    /// The oldest object that a condition names.
    pub fn find(&self, condition: impl Fn(&T) -> bool) -> Option<u64> {
        let objects = locked(self.objects.lock());
        objects
            .iter()
            .filter(|(_, object)| condition(object))
            .map(|(handle, _)| *handle)
            .min()
    }

    /// All that a condition names, the oldest first.
    pub fn all(&self, condition: impl Fn(&T) -> bool) -> Vec<Arc<T>> {
        let objects = locked(self.objects.lock());
        let named = objects.iter().filter(|(_, object)| condition(object));
        let mut named: Vec<_> = named.collect();
        named.sort_by_key(|(handle, _)| **handle);
        named
            .into_iter()
            .map(|(_, object)| object.clone())
            .collect()
    }

    /// Removes what a condition names.
    pub fn remove_if(&self, condition: impl Fn(&T) -> bool) -> usize {
        let mut objects = locked(self.objects.lock());
        let before = objects.len();
        objects.retain(|_, object| !condition(object));
        before - objects.len()
    }
}

static SESSION: OnceLock<Result<Session, String>> = OnceLock::new();

thread_local! {
    /// The context that is current in a thread; 0 for none.
    static CURRENT: Cell<u64> = const { Cell::new(0) };
}

unsafe extern "C" {
    fn atexit(function: extern "C" fn()) -> i32;
}

/// The session; it begins with the first call.
pub fn session() -> Outcome<&'static Session> {
    let session = SESSION.get_or_init(|| {
        let session = Session::begin();
        match &session {
            // SAFETY: the function takes nothing, and this library is never unloaded by cudarc.
            Ok(_) => drop(unsafe { atexit(at_exit) }),
            Err(problem) => say(problem),
        }
        session
    });
    session.as_ref().map_err(|_| Status::INVALID_VALUE)
}

extern "C" fn at_exit() {
    if let Some(Ok(session)) = SESSION.get() {
        for card in 0..session.cards.len() {
            session.run_card(card);
            session.report_leaks(card, "at exit");
        }
    }
}

impl Session {
    fn begin() -> Result<Session, String> {
        let settings =
            Settings::read(|name| std::env::var(name).ok()).map_err(|error| error.to_string())?;
        let report = Report::open(settings.report.as_deref())?;
        let card = |(ordinal, arch): (usize, &u64)| {
            let model = Model::of(*arch).ok_or("no such architecture")?;
            let memory = (settings.memory[ordinal], settings.used[ordinal]);
            let (order, branches) = (settings.order, settings.branches);
            Ok::<_, String>(Card::new(ordinal, model, memory, order, branches))
        };
        let each = settings.arch.iter().enumerate();
        let cards = each.map(card).collect::<Result<Vec<_>, _>>()?;
        let contexts = Handles::new();
        Ok(Session {
            settings,
            report,
            timeline: Mutex::new(Timeline::new(cards.len())),
            cards,
            allocations: AtomicU64::new(0),
            launches: AtomicU64::new(0),
            contexts,
            modules: Handles::new(),
            functions: Handles::new(),
            streams: Handles::new(),
            events: Handles::new(),
            pinned: Mutex::default(),
            turn: Mutex::default(),
        })
    }

    pub fn card(&self, ordinal: i32) -> Outcome<&Card> {
        let index = usize::try_from(ordinal).map_err(|_| Status::INVALID_DEVICE)?;
        self.cards.get(index).ok_or(Status::INVALID_DEVICE)
    }

    pub fn current(&self) -> u64 {
        CURRENT.get()
    }

    pub fn set_current(&self, context: u64) -> Outcome {
        if context != 0 {
            self.contexts
                .get(context)
                .map_err(|_| Status::INVALID_CONTEXT)?;
        }
        CURRENT.set(context);
        Ok(())
    }

    /// The ordinal of the card of the current context.
    pub fn current_ordinal(&self) -> Outcome<usize> {
        self.contexts
            .get(CURRENT.get())
            .map(|card| *card)
            .map_err(|_| Status::INVALID_CONTEXT)
    }

    /// The card of the current context, unless an error made it useless.
    pub fn current_card(&self) -> Outcome<&Card> {
        let card = &self.cards[self.current_ordinal()?];
        self.healthy(card)?;
        Ok(card)
    }

    /// The error of a card that stays.
    pub fn healthy(&self, card: &Card) -> Outcome {
        match card.error.load(SeqCst) {
            0 => Ok(()),
            status => Err(Status(status)),
        }
    }

    /// Counts an allocation: the one that shall fail does.
    pub fn count_allocation(&self) -> Outcome {
        let number = self.allocations.fetch_add(1, SeqCst) + 1;
        if self.settings.fault == Some(Fault::Allocation(number)) {
            say(&format!(
                "allocation {number} fails, as CUDA_EMULATOR_FAULT asks"
            ));
            return Err(Status::OUT_OF_MEMORY);
        }
        Ok(())
    }

    /// Counts a launch: the one that shall fail does, at the next synchronisation.
    pub fn count_launch(&self, card: &Card) -> Outcome<bool> {
        let number = self.launches.fetch_add(1, SeqCst) + 1;
        match self.settings.fault {
            Some(Fault::Launch(n)) if n == number => {
                say(&format!(
                    "launch {number} fails, as CUDA_EMULATOR_FAULT asks"
                ));
                card.fail(Status::LAUNCH_FAILED.0);
                Ok(false)
            }
            Some(Fault::Lost(n)) if n == number => {
                say(&format!(
                    "the card is lost at launch {number}, as CUDA_EMULATOR_FAULT asks"
                ));
                card.fail(Status::DEVICE_UNAVAILABLE.0);
                Err(Status::DEVICE_UNAVAILABLE)
            }
            _ => Ok(true),
        }
    }
}
