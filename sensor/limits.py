"""Every bound of the Python side: the unit is in the name, the reason stands beside it.

The engine's own bounds are the ``caps`` of its Plan; their defaults stand here too, so that one file answers
"how large can it get?".
"""

from __future__ import annotations

from typing import Final

# ---------------------------------------------------------------- lines and JSON
# A notify with 13 merkle branches is 1.4 kB, a coinbase with many outputs some ten kB; 64 KiB leaves room for both.
POOL_LINE_BYTES_MAX: Final = 64 * 1024
# xmrig sends at most 16 KiB, an Equihash submit is 1.5 kB; pools drop clients at 1 to 10 KiB.
MINER_LINE_BYTES_MAX: Final = 16 * 1024
# Real messages nest 4 deep (subscribe's answer); 32 leaves room and keeps the JSON reader far from its own limit.
JSON_DEPTH_MAX: Final = 32
# The longest honest number is Ergo's 78-digit target; more digits are an attack on the integer parser.
JSON_DIGITS_MAX: Final = 128
# A BTCAgent set-difficulty frame for 32 764 rigs is 65 535 bytes: the length field cannot say more.
AGENT_FRAME_BYTES_MAX: Final = 65_535
# Looks at an unfinished line before it must have doubled for another: a pool that never ends its lines ends them with a
# segment, nearly always.
OFFERS_MAX: Final = 4
# Lines of an HTTP error page or a PROXY line before the first message; longer text is no preface.
PREFACE_LINES_MAX: Final = 64
# Lines that are no JSON at all: miners and pools send none, mails and logs send little else.
TEXT_LINES_MAX: Final = 8
# The head of an HTTP message: a miner's takes some 300 bytes, a server's some 500.
HTTP_HEAD_BYTES_MAX: Final = 4 * 1024
# What is kept of a document over HTTP. Work takes one kilobyte; of a block with its transactions, a megabyte or more,
# the beginning and the end hold all that is read.
DOCUMENT_BYTES_MAX: Final = 8 * 1024
DOCUMENT_TAIL_BYTES_MAX: Final = 2 * 1024
# Requests of one connection that wait for their answers, which come in their order: who does not wait for each sends
# two or three at once.
ERRANDS_WAITING_MAX: Final = 8
# Calls in one document, and calls that wait in all: miners put one or two into one.
CALLS_PER_DOCUMENT_MAX: Final = 8
CALLS_WAITING_MAX: Final = 16
# Of a field of a head, and of its first line: credentials are the longest that is read.
HTTP_FIELD_BYTES_MAX: Final = 512
# How often somebody who does not say that he mines may ask for work without bringing any: a rig asks once a second and
# brings a share within minutes, a pool's server asks all day.
UNEARNED_ERRANDS_MAX: Final = 256
# A request's id used to find its answer: real ones are numbers or a few letters.
ID_CHARS_MAX: Final = 64
ID_WIDE_CHARS_MAX: Final = 16

# ---------------------------------------------------------------- one session
# A farm proxy authorises one login per rig on one connection; what is beyond is counted, not kept.
LOGINS_PER_SESSION_MAX: Final = 256
WORKERS_PER_SESSION_MAX: Final = 1024
# Pools keep the last few jobs valid; shares for older ones count what the latest
# of these was worth.
JOBS_PER_SESSION_MAX: Final = 64
# Words sent with a login that its answer may repeat: a password, an e-mail address.
SECRETS_PER_LOGIN_MAX: Final = 2
SECRET_CHARS_MAX: Final = 64
# Rigs behind one BTCAgent connection with an account of their own, and its size beside its texts. Farms have some
# hundred rigs on a connection; shares of rigs beyond count in the session's sums all the same.
RIGS_PER_SESSION_MAX: Final = 512
RIG_BYTES: Final = 448
# Rigs told one by one in a finding, which must fit one Kafka record; and the text of each one's two names.
RIG_ROWS_MAX: Final = 256
RIG_TEXT_CHARS_MAX: Final = 96
# Rigs read of one frame that sets a difficulty: the length field cannot say more.
RIGS_PER_FRAME_MAX: Final = 32_764
# Difficulties of rigs are kept by their number, a byte each, in pages of 1 KiB: agents number all their rigs together
# and deal them to five connections.
RIG_PAGES_MAX: Final = 16
# Rigs whose difficulty changes with one job, for shares of the job before it: beyond, the new one holds at once.
RIG_CHANGES_MAX: Final = 256
RIG_CHANGE_BYTES: Final = 192
# Frames that must fit their own rules before a conversation is BTCAgent's: random bytes pass for one in 6500 times.
AGENT_FRAMES_MIN: Final = 2
# Requests waiting for their answer, per session: pools answer within seconds, a rig sends a share a second at most.
PENDING_PER_SESSION_MAX: Final = 512
# The same before any was answered: where only the miner is seen none ever is.
PENDING_UNANSWERED_MAX: Final = 32
# Worths that a session's shares had, for answers yet to come: pools change them at most every few seconds.
WORTHS_PER_SESSION_MAX: Final = 16
# Hashes of shares whose target was not seen, to tell it from: a hundred tell it to one in a hundred.
SHARE_HASHES_MAX: Final = 128
# Names of workers kept in text, and the text of logins, and that of workers: a finding must fit one Kafka record.
WORKER_NAMES_PER_SESSION_MAX: Final = 256
NAMES_CHARS_PER_SESSION_MAX: Final = 16 * 1024
# Text taken from the wire into a finding: an agent, a login, a worker name. One wide character makes all of a text
# wide, four bytes each, so that fewer are kept of one.
FIELD_CHARS_MAX: Final = 256
FIELD_WIDE_CHARS_MAX: Final = 64
# Messages after which a conversation that nobody has recognised is given up; and answers in a word, which tell nothing
# by themselves: a farm of which only the pool's side is seen has up to 60 a second, and a job once a minute.
UNDECIDED_MESSAGES_MAX: Final = 16
UNDECIDED_ANSWERS_MAX: Final = 4096
# Events kept for a decoder that may yet take over from the leading one.
BACKLOG_EVENTS_MAX: Final = 64
# Words of the other end's that one side may say while that end is silent, and is nothing meanwhile: a miner that bluffs
# says some before the pool's first answer, a log goes on for ever.
QUOTED_WORDS_MAX: Final = 8
# Where one side said more, it is a log for all that is known, unless the other then answers so many shares by their
# numbers: text that is pasted does not.
QUOTED_ANSWERS_MIN: Final = 3
# Words from the wrong end that a session bears where both ends say them, or as many as it has shares: an echo says
# more.
CONTRADICTIONS_MAX: Final = 8
# Where one side alone is seen, it must speak at this many moments, and of work at so many of them, so far apart: a
# text that quotes messages comes in segments within milliseconds, jobs and shares come seconds apart; and the last
# lines of a log may happen to be one end's.
MOMENTS_MIN: Final = 3
WORK_MOMENTS_MIN: Final = 2
MOMENT_NS_MIN: Final = 50_000_000
# How often a recognised conversation may be read anew from scratch in another dialect.
RESTARTS_MAX: Final = 4
# Answers this soon after the login may belong to the requests sent along with it (suggest_difficulty, extranonce).
HANDSHAKE_NS_MAX: Final = 1_000_000_000
# Answers that wait for a hole to explain them: a hole is noticed with the miner's next message, seconds later.
PUZZLING_ANSWERS_MAX: Final = 16
# A lost submit takes about this many bytes: bounds how many stray answers a hole may explain.
SUBMIT_BYTES_MIN: Final = 90
# The shortest message that sets a difficulty, {"method":"mining.set_difficulty","params":[1]}, has 47 bytes; an answer
# to a share, which is what a pool says most, has fewer. A smaller hole has no room for one, if it tears no line.
DIFFICULTY_BYTES_MIN: Final = 47
# Below, a share would take less than one hash, whatever the algorithm; beyond, more than 2^256. What lies between has
# squares and sums that a double holds.
DIFFICULTY_MIN: Final = 2.0**-32
DIFFICULTY_MAX: Final = 2.0**224
# No machine nor farm reports more; Bitcoin's whole network is 1e21 H/s.
HASHRATE_HS_MAX: Final = 1e24
# A block a second for thirty thousand years; what is more is no height.
HEIGHT_MAX: Final = 1 << 40
# A wish written into a password or login; above it is an account number.
DIFFICULTY_WISH_MAX: Final = 1e18

# ---------------------------------------------------------------- the memory of sessions
# What each session may keep without asking; beyond it asks the room that all share (sensor/room.py): the requests of
# a rig, jobs of a minute or two, its names, a handshake in five readings.
LINE_BYTES_FREE: Final = 512
# Work over HTTP with its answer; a session over HTTP has one reader and not seven.
DOCUMENT_BYTES_FREE: Final = 2 * 1024
REQUESTS_FREE: Final = 8
JOBS_FREE: Final = 4
NAMES_FREE: Final = 2
EVENTS_FREE: Final = 2
# A session that keeps no more than that, with all that Python takes for it; as a rule it is 11 KiB.
# tests/unit/test_room.py measures both, and that more is never taken than was asked for.
SESSION_BYTES_MAX: Final = 16 * 1024
# Lines, requests and events are given memory in steps, so that who grows slowly asks seldom.
LINE_BYTES_STEP: Final = 2048
REQUESTS_STEP: Final = 8
EVENTS_STEP: Final = 8
# What entries take beside their texts: a slot of a table, key and value.
REQUEST_BYTES: Final = 288
JOB_BYTES: Final = 192
NAME_BYTES: Final = 128
DIGEST_BYTES: Final = 192  # of a name that is only counted: Python's sets are roomy
EVENT_BYTES: Final = 384
# A farm of a thousand rigs behind one connection takes 200 kB of it; no session may take more than its purse holds.
ROOM_BYTES_MAX: Final = 12 * 1024 * 1024
PURSE_BYTES_MAX: Final = 512 * 1024
# All tables of this side, full of ordinary sessions: 14 336 (young, of both sides, of one, resting) are 150 MiB.
# Where all are hostile in one way, a scan takes 180 MB at most; where they are in every way and every other table is
# full, too, 386 MB (tests/soak/test_memory.py).

# ---------------------------------------------------------------- the pipeline
# Sessions whose standing is not settled: bounded apart, so that a flood of first messages displaces only itself.
YOUNG_SESSIONS_MAX: Final = 4096
# Sessions followed to their end, of which both sides are seen: 11 KiB each as a rule, 16 KiB at most.
SETTLED_SESSIONS_MAX: Final = 4096
# Those of which one side is seen, bounded apart: one side is forged from anywhere, two take a place on the path.
ONE_SIDED_SESSIONS_MAX: Final = 4096
# Sessions for which there was no seat, half of them of either kind: what they said so far is kept to their end.
RESTING_SESSIONS_MAX: Final = 2048
# A seat is given away after this silence of its holder: pools send a job every minute or two, so that five minutes
# without a word of either side are the end of a session that was not seen to end, or of one that sleeps.
SEAT_QUIET_NS_MIN: Final = 300 * 1_000_000_000
# Rows of the sightings table: one per source, endpoint and kind.
SIGHTINGS_MAX: Final = 16_384
# Processes that share a scan: the lowest byte of a flow's id says which of them has it.
JOBS_MAX: Final = 64
# What such a process says at once: so many statements (some KiB each) or seconds, so that others need not wait for long
# nor be asked all the time; all counters and inputs now and then; of a fault, a line.
PART_STATEMENTS_MAX: Final = 128
PART_SECONDS_MAX: Final = 0.1
COUNT_SECONDS_MIN: Final = 1.0
FAULT_CHARS_MAX: Final = 400
# Statements of a process that wait for the slowest; then it is not listened to, and waits itself.
STATEMENTS_AHEAD_MAX: Final = 1024
# Exclusions: each is asked for every finding that is told.
EXCLUSIONS_MAX: Final = 1000
# Rows of realms: the engine asks them in turn.
REALMS_MAX: Final = 256
# Flows to listed endpoints whose hint waits for a mining message; each is some 300 bytes.
HINTS_MAX: Final = 16_384
HINTS_PER_FLOW_MAX: Final = 4
# Miner and endpoint pairs with a finding: their sightings are not told again. Two for each seat, and one at least, for
# half of them may be forgotten at once.
COVERED_MAX: Final = 16_384
# Findings that were withdrawn and whose connection goes on: should it be mining after all, revisions go on, too.
WITHDRAWN_MAX: Final = 4096
# Connections known to be logs or the like; each is some 400 bytes.
QUOTATIONS_MAX: Final = 16_384
# Connections on which one side said something else than mining, in JSON; each is some 400 bytes.
STRANGERS_MAX: Final = 16_384
# Agents whose meaning is remembered: a farm has a dozen, a country some hundred.
AGENTS_REMEMBERED_MAX: Final = 512
# Addresses whose sessions are compared, sessions of one address, and related findings of one: a rig has two or three.
RELATED_ADDRESSES_MAX: Final = 2048
RELATED_SESSIONS_MAX: Final = 16
RELATED_PER_FINDING_MAX: Final = 16
# Numbers of shares whose interval is remembered: sessions begin with few shares, and most have whole numbers of them.
GARWOOD_REMEMBERED_MAX: Final = 4096
UPDATE_INTERVAL_NS: Final = 300 * 1_000_000_000
REASONS_PER_SESSION_MAX: Final = 32
PROOF_BYTES_MAX: Final = 200

# ---------------------------------------------------------------- whose it is, and what of that leaves
# Addresses whose place and carrier are remembered: sources of mining are some thousand, each takes some 500 bytes.
ATTRIBUTION_CACHE_MAX: Final = 16_384
# Findings whose key and name stay as they were when they opened: as many as can be told anew, and those that came back.
FIXED_FINDINGS_MAX: Final = 65_536

# The log of reveals is read whole each time; a hundred entries a day for three years are 55 MB.
ACCESS_LOG_BYTES_MAX: Final = 64 * 1024 * 1024

# ---------------------------------------------------------------- the edge
# Containers made and not freed before Python looks for cycles among them. The sensor makes none; its sessions,
# evidence and findings are freed by counting references. A library's cycle still goes, some MB later.
COLLECTOR_ALLOCATIONS_MAX: Final = 50_000
# Rows of the table on the terminal; what is beyond is counted.
TABLE_ROWS_MAX: Final = 10_000
# Broken rows of customers and refused files that a scan tells one by one; `enrichment check` tells all.
RECORDS_TOLD_MAX: Final = 10
# How often files behind the attribution are looked at: replacing one is a matter of minutes, not of milliseconds.
REFRESH_SECONDS: Final = 1.0
# How many outputs of the pipeline, one or two findings each, are gathered before they are told, and for how long: to a
# person, and to whoever reads standard output, a tenth of a second is at once.
GATHER_OUTPUTS_MAX: Final = 64
GATHER_SECONDS_MAX: Final = 0.1
# Statements that a process which detects hands on together: to wake the other end costs as much as ten of them, and
# what crosses last is still to be told when the input is over.
CROSSING_STATEMENTS_MAX: Final = 16
# What it may be ahead of whoever tells: some 400 findings, written while a commit waits for its disk. As much as the
# kernel allows a pipe of anybody's.
CROSSING_BYTES_MAX: Final = 1024 * 1024
# Observations crossing the seam at once: larger batches lose more in cache misses than they save in calls; and what the
# end of the input brings is told piece by piece, by another process while the next piece is judged.
BATCH_OBSERVATIONS_MAX: Final = 64
# A configuration file is some hundred lines.
CONFIG_BYTES_MAX: Final = 1024 * 1024
# A finding must fit one Kafka record, which is 1 MB at most.
FINDING_LINE_BYTES_MAX: Final = 1024 * 1024
# Older lists are worth a word: a pool's names change in months.
LIST_AGE_DAYS_MAX: Final = 90
# A GeoIP database older than this is worth a word: its makers bring a new one each week or month.
GEOIP_AGE_DAYS_MAX: Final = 90
# Less room than this is worth a word: it is what the spool may take.
DISK_FREE_BYTES_MIN: Final = 1024 * 1024 * 1024

# ---------------------------------------------------------------- the engine (caps of the Plan)
FLOWS_MAX: Final = 512 * 1024
# Bytes a young flow may hold per side while no anchor has matched: three MSS, a login is under 1 KiB.
HELD_BYTES_MAX: Final = 4096
# Out-of-order payload per side of a followed flow: eleven MSS, about one congestion window.
REORDER_BYTES_MAX: Final = 16 * 1024
# The same of all flows together, with what keeping it takes: some seven thousand that miss a segment at the same time.
# Beyond it, who has waited longest gives up.
REORDER_TOTAL_BYTES_MAX: Final = 16 * 1024 * 1024
# A hole that stays open this long in packet time is loss: retransmission time-outs are 0.2 to 3 s.
REORDER_NS_MAX: Final = 5 * 1_000_000_000
TCP_IDLE_NS_MAX: Final = 900 * 1_000_000_000  # pools give up a silent miner after 600 s
UDP_IDLE_NS_MAX: Final = 60 * 1_000_000_000
HALF_OPEN_IDLE_NS_MAX: Final = 20 * 1_000_000_000
LOOKS_PER_SECOND_MAX: Final = 4
LOOKS_PER_HOUR_MAX: Final = 64
LEARNED_ADDRESSES_MAX: Final = 65_536
LEARNED_TTL_NS_MIN: Final = 6 * 3600 * 1_000_000_000
LAYERS_MAX: Final = 16
FRAGMENT_BYTES_MAX: Final = 4 * 1024 * 1024
FRAGMENT_NS_MAX: Final = 30 * 1_000_000_000
# Buffers for ClientHellos spread over segments, 16 KiB each at most, used in a ring: a hello loses its buffer
# only if 1024 others begin between two of its segments; 10 ms apart that is 100 000 cut hellos a second.
HELLO_BUFFERS_MAX: Final = 1024
ANCHORS_MAX: Final = 64
ANCHOR_BYTES_MIN: Final = 6

# ---------------------------------------------------------------- delivery
# What may wait for Kafka: some 400 000 findings, days of a large site.
SPOOL_BYTES_MAX: Final = 1024 * 1024 * 1024
# Who passes an interruption on, such as a program that runs this one, may repeat what a terminal has sent to both; a
# person takes longer to ask again.
REPEATED_SECONDS_MAX: Final = 0.3
# How long a program waits for another one that writes to the same spool: a commit takes milliseconds.
SPOOL_BUSY_SECONDS_MAX: Final = 10
# The write-ahead log keeps its size when it is reset; this much is kept, the rest given back to the disk.
SPOOL_LOG_BYTES_MAX: Final = 16 * 1024 * 1024
# A message's share of a row's own columns, its places in two indexes and the pages' slack, beside its texts.
SPOOL_ROW_BYTES: Final = 256
# Messages put into the spool by one commit: a commit waits for the disk (3 ms), a message takes 20 us.
SPOOL_BATCH_MESSAGES_MAX: Final = 256
# How long a message may wait for others to share its commit: a finding reaches the disk within this time.
SPOOL_BATCH_SECONDS_MAX: Final = 0.5
# Messages and bytes that are on their way to Kafka at once, unacknowledged: what a publisher may take of memory.
IN_FLIGHT_MESSAGES_MAX: Final = 500
IN_FLIGHT_BYTES_MAX: Final = 4 * 1024 * 1024
# What one record may be, key, headers and value: the default of Kafka's brokers, less room for the batch around it.
RECORD_BYTES_MAX: Final = 1_000_000
# Waits between attempts to reach Kafka: they double from the first to the last.
RETRY_SECONDS_MIN: Final = 0.5
RETRY_SECONDS_MAX: Final = 30.0
# How long a publisher that had nothing to send lets messages come before it sends them: the client library is Python,
# and takes as long for a request of one message as for one of thirty.
SEND_GATHER_SECONDS: Final = 1.0
# How often an idle publisher looks for what another program put into the spool.
IDLE_SECONDS_MAX: Final = 1.0
# Inputs that a health record lists; a folder may hold a hundred thousand.
HEALTH_INPUTS_MAX: Final = 1000
# A file that holds a password: a line.
SECRET_BYTES_MAX: Final = 4096
