//! Replicates seed conversations, interleaved in time, until the packets asked for are there.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::io::Write;
use std::path::Path;

use crate::composition::Composition;
use crate::error::{Error, Result};
use crate::pcap::Writer;
use crate::recipe::{Content, Manifest, Recipe};
use crate::rewrite::{Identity, rewrite};
use crate::rng::Rng;
use crate::seeds::{self, Conversation};
use crate::tunnel::{Kind, Tunnel};

struct Class {
    name: String,
    share: f64,
    content: Content,
    conversations: Vec<Conversation>,
    packets: u64,
}

/// A replica under way.
struct Replica {
    class: usize,
    conversation: usize,
    begins_ns: u64,
    /// Time runs this much faster or slower than in the seed.
    per_mille: u64,
    identity: Identity,
    tunnel: Option<Tunnel>,
    next: usize,
}

struct Carrier {
    kind: Kind,
    name: &'static str,
    share: f64,
    packets: u64,
}

pub struct Mixer {
    classes: Vec<Class>,
    carriers: Vec<Carrier>,
    packets: u64,
    interval_ns: u64,
    rng: Rng,
    taken: HashSet<(u16, u16, u16)>,
    replicas: Vec<Replica>,
    free: Vec<usize>,
    queue: BinaryHeap<Reverse<(u64, usize)>>,
    composition: Composition,
}

impl Mixer {
    /// `packets`: how many to make; conversations end where they end, so the very last may be missing for want of
    /// one that is short enough.
    pub fn new(recipe: &Recipe, folder: &Path, packets: u64, seed: u64) -> Result<Self> {
        let manifest = Manifest::load(folder)?;
        let class = |class: &crate::recipe::ClassRecipe| {
            let sessions = manifest.sessions(&class.name);
            if (class.content == Content::Mining) != sessions.is_some() {
                return Err(Error::content(folder, format!("seeds.toml does not fit class {}", class.name)));
            }
            let conversations = seeds::load(folder, &class.name, sessions.as_deref())?;
            let (name, share, content) = (class.name.clone(), class.share, class.content);
            Ok(Class { name, share, content, conversations, packets: 0 })
        };
        let classes = recipe.classes.iter().map(class).collect::<Result<Vec<_>>>()?;
        let crafted: usize = classes.iter().flat_map(|class| &class.conversations).map(|one| one.packets.len()).sum();
        if (crafted as u64) < recipe.seed_packets_min {
            return Err(Error::content(folder, format!("{crafted} seed packets are too few; craft the seeds anew")));
        }
        let name = |kind| Kind::ALL.iter().find(|(_, known)| *known == kind).map_or("", |(name, _)| name);
        let carriers =
            recipe.tunnels.iter().map(|&(kind, share)| Carrier { kind, name: name(kind), share, packets: 0 }).collect();
        Ok(Self {
            classes,
            carriers,
            packets,
            interval_ns: 1_000_000_000 / recipe.packets_per_second.max(1),
            rng: Rng::new(seed),
            taken: HashSet::new(),
            replicas: Vec::new(),
            free: Vec::new(),
            queue: BinaryHeap::new(),
            composition: Composition::default(),
        })
    }

    /// Writes the whole mix and tells what it became.
    pub fn run<W: Write>(mut self, out: &mut Writer<W>) -> Result<Composition> {
        let mut planned = 0;
        let (mut frame, mut outer) = (Vec::new(), Vec::new());
        loop {
            let start_ns = planned * self.interval_ns;
            let due = self.queue.peek().map(|&Reverse((due_ns, slot))| (due_ns, slot));
            let room = self.packets - planned;
            match due {
                Some((due_ns, slot)) if due_ns <= start_ns || room == 0 => {
                    self.queue.pop();
                    self.emit(due_ns, slot, (&mut frame, &mut outer), out)?;
                }
                None if room == 0 => break,
                _ => match self.begin(planned, start_ns) {
                    Some(added) => planned += added,
                    None => self.packets = planned,
                },
            }
        }
        Ok(self.composition)
    }

    /// Starts another conversation and returns its packets; none if no class has one that is short enough.
    fn begin(&mut self, planned: u64, start_ns: u64) -> Option<u64> {
        let room = usize::try_from(self.packets - planned).unwrap_or(usize::MAX);
        let (class, conversation) = self.choose(planned, room)?;
        let chosen = &self.classes[class].conversations[conversation];
        let (count, is_ipv6, session) = (chosen.packets.len() as u64, chosen.is_ipv6, chosen.session);
        let tunnel = self.carrier(planned, count, is_ipv6);
        let identity = self.identity();
        let per_mille = 500 + self.rng.below(1500) as u64;
        let replica = Replica { class, conversation, begins_ns: start_ns, per_mille, identity, tunnel, next: 0 };
        self.classes[class].packets += count;
        *self.composition.by_class.entry(self.classes[class].name.clone()).or_default() += count;
        self.composition.flows += 1;
        if let Some(session) = session {
            self.composition.expected.entry(self.classes[class].name.clone()).or_default().add(&session);
        }
        let slot = self.free.pop().unwrap_or(self.replicas.len());
        match self.replicas.get_mut(slot) {
            Some(place) => *place = replica,
            None => self.replicas.push(replica),
        }
        self.queue.push(Reverse((start_ns, slot)));
        Some(count)
    }

    /// The class that lacks most of its share and a conversation of it that fits into `room` packets.
    fn choose(&mut self, planned: u64, room: usize) -> Option<(usize, usize)> {
        let lack = |class: &Class| class.share * (planned + 1) as f64 - class.packets as f64;
        let mut order: Vec<usize> = (0..self.classes.len()).collect();
        order.sort_by(|&a, &b| lack(&self.classes[b]).total_cmp(&lack(&self.classes[a])).then(a.cmp(&b)));
        order.into_iter().find_map(|class| {
            let conversations = &self.classes[class].conversations;
            let first = self.rng.below(conversations.len());
            let mut turn = (first..conversations.len()).chain(0..first);
            turn.find(|&one| conversations[one].packets.len() <= room).map(|one| (class, one))
        })
    }

    /// The tunnel for a conversation: the kind that lacks most of its share, or none if none lacks.
    fn carrier(&mut self, planned: u64, count: u64, is_ipv6: bool) -> Option<Tunnel> {
        let lack = |carrier: &Carrier| carrier.share * planned as f64 - carrier.packets as f64;
        let carriers = self.carriers.iter_mut().filter(|carrier| carrier.kind.carries(is_ipv6) && lack(carrier) > 0.0);
        let carrier = carriers.max_by(|a, b| lack(a).total_cmp(&lack(b)))?;
        carrier.packets += count;
        *self.composition.by_tunnel.entry(carrier.name).or_default() += count;
        Some(Tunnel::draw(carrier.kind, &mut self.rng))
    }

    /// Sockets that no other conversation of the mix has.
    fn identity(&mut self) -> Identity {
        loop {
            let identity = Identity::draw(&mut self.rng);
            if self.taken.insert((identity.client, identity.server, identity.client_port)) {
                return identity;
            }
        }
    }

    fn emit<W: Write>(
        &mut self,
        due_ns: u64,
        slot: usize,
        (frame, outer): (&mut Vec<u8>, &mut Vec<u8>),
        out: &mut Writer<W>,
    ) -> Result<()> {
        let replica = &mut self.replicas[slot];
        let class = &self.classes[replica.class];
        let conversation = &class.conversations[replica.conversation];
        let packet = &conversation.packets[replica.next];
        frame.clear();
        frame.extend_from_slice(&packet.frame);
        rewrite(frame, packet.from_client, &replica.identity);
        let written = match &replica.tunnel {
            Some(tunnel) => {
                tunnel.wrap(frame, packet.from_client, outer);
                &*outer
            }
            None => &*frame,
        };
        out.packet(due_ns, written)?;
        self.composition.packet(written.len(), class.content, packet.has_payload, conversation.is_ipv6);
        replica.next += 1;
        match conversation.packets.get(replica.next) {
            Some(following) => {
                let due_ns = replica.begins_ns + following.at_ns * replica.per_mille / 1000;
                self.queue.push(Reverse((due_ns, slot)));
            }
            None => self.free.push(slot),
        }
        Ok(())
    }
}
