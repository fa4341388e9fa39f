"""The words of explanations, a table per language. A code without words in every language fails a test."""

from __future__ import annotations

import enum
from typing import Final


class Say(enum.StrEnum):
    """What can be said of a finding beside its reasons. Those of an enum end in its value."""

    # session
    MINES = "mines"
    POOL_LISTED = "pool_listed"
    DIALECT = "dialect"
    DIALECT_OPEN = "dialect_open"
    COIN = "coin"
    ALGORITHM = "algorithm"
    ACCOUNT = "account"
    WORKERS = "workers"
    AGENT = "agent"
    TUNNEL = "tunnel"
    DIRECTION_OUTBOUND = "direction_outbound"
    DIRECTION_INBOUND = "direction_inbound"
    DIRECTION_INTERNAL = "direction_internal"
    DIRECTION_TRANSIT = "direction_transit"
    SEEN = "seen"
    CLOSED_FIN = "closed_fin"
    CLOSED_RST = "closed_rst"
    CLOSED_IDLE = "closed_idle"
    CLOSED_EVICTED = "closed_evicted"
    CLOSED_PORT_REUSED = "closed_port_reused"
    CLOSED_END = "closed_end"
    GOING_ON = "going_on"
    REVISION = "revision"
    # verdict
    STAGE_ATTEMPTED = "stage_attempted"
    STAGE_REFUSED = "stage_refused"
    STAGE_JOINED = "stage_joined"
    STAGE_WORKING = "stage_working"
    GRADE_A = "grade_A"
    GRADE_B = "grade_B"
    GRADE_C = "grade_C"
    GRADE_D = "grade_D"
    SHARES = "shares"
    SHARES_OF_MINER = "shares_of_miner"
    SHARES_OF_POOL = "shares_of_pool"
    SHARES_ODD = "shares_odd"
    JOBS = "jobs"
    MESSAGES = "messages"
    GAPS = "gaps"
    # tshark
    PYSHARK_NOT_INSTALLED = "pyshark_not_installed"
    TSHARK_NOT_INSTALLED = "tshark_not_installed"
    TSHARK_UNREADABLE = "tshark_unreadable"
    TSHARK_NO_STREAM = "tshark_no_stream"
    TSHARK_SIDE_MINER = "tshark_side_miner"
    TSHARK_SIDE_POOL = "tshark_side_pool"
    TSHARK_LINE_MINER = "tshark_line_miner"
    TSHARK_LINE_POOL = "tshark_line_pool"
    TSHARK_CUT = "tshark_cut"
    AGREE_FIRST = "agree_first"
    DIFFER_FIRST = "differ_first"
    AGREE_LAST = "agree_last"
    DIFFER_LAST = "differ_last"
    AGREE_MESSAGES_MINER = "agree_messages_miner"
    DIFFER_MESSAGES_MINER = "differ_messages_miner"
    AGREE_MESSAGES_POOL = "agree_messages_pool"
    DIFFER_MESSAGES_POOL = "differ_messages_pool"
    AGREE_GAPS = "agree_gaps"
    DIFFER_GAPS = "differ_gaps"
    DIFFER_WHY = "differ_why"


HEADINGS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "session": "What was found",
        "chain": "From bytes to verdict",
        "verdict": "The verdict",
        "estimate": "How much",
        "attribution": "Whose",
        "tshark": "A second opinion: tshark",
    },
    "zh": {
        "session": "发现了什么",
        "chain": "从字节到结论",
        "verdict": "结论",
        "estimate": "算力与功率",
        "attribution": "归属",
        "tshark": "独立印证：tshark",
    },
}

SIDES: Final[dict[str, dict[str, str]]] = {
    "en": {"miner": "miner", "pool": "pool", "": ""},
    "zh": {"miner": "矿机", "pool": "矿池", "": ""},
}

_EN: Final[dict[Say, str]] = {
    Say.MINES: "{miner} mines at {pool}",
    Say.POOL_LISTED: "the pool is on a list as {name}",
    Say.DIALECT: "they speak {dialect} over {transport}",
    Say.DIALECT_OPEN: "they speak over {transport}; the dialect is not certain yet",
    Say.COIN: "its jobs are for the coin {coin}",
    Say.ALGORITHM: "its jobs are for the algorithm {algorithm}",
    Say.ACCOUNT: "the miner logs in as {account}",
    Say.WORKERS: "worker names, {count} in all: {names}",
    Say.AGENT: "its software calls itself {agent}",
    Say.TUNNEL: "encapsulated: towards the pool in {miner_to_pool}, towards the miner in {pool_to_miner}",
    Say.DIRECTION_OUTBOUND: "the miner is in our network, the pool outside",
    Say.DIRECTION_INBOUND: "the pool is in our network, the miner outside",
    Say.DIRECTION_INTERNAL: "miner and pool are both in our network",
    Say.DIRECTION_TRANSIT: "neither is in our network: the session passes through it",
    Say.SEEN: "seen from {first} to {last}",
    Say.CLOSED_FIN: "both ends closed the connection",
    Say.CLOSED_RST: "one end broke the connection off",
    Say.CLOSED_IDLE: "the connection fell silent",
    Say.CLOSED_EVICTED: "it had to give way to other sessions; the connection may go on",
    Say.CLOSED_PORT_REUSED: "a new connection began between the same two ends",
    Say.CLOSED_END: "the input ended while the session was alive",
    Say.GOING_ON: "the session was alive at this revision",
    Say.REVISION: "this is revision {revision}, from line {line}; the file holds {revisions} of it",
    Say.STAGE_ATTEMPTED: "stage attempted: a session began, and no login was accepted",
    Say.STAGE_REFUSED: "stage refused: the pool refused the login",
    Say.STAGE_JOINED: "stage joined: a login was accepted, or a job was sent, and no share was seen",
    Say.STAGE_WORKING: "stage working: shares were sent, so work is being done",
    Say.GRADE_A: "grade A: both sides speak; shares from the miner, and jobs or accepted shares from the pool",
    Say.GRADE_B: "grade B: specific and well-formed, but one side only, or no share yet",
    Say.GRADE_C: "grade C: encrypted; what is known is known from the outside",
    Say.GRADE_D: "grade D: an attempt, or a name or address alone",
    Say.SHARES: "{submitted} shares sent: {accepted} accepted, {rejected} rejected, {unanswered} without an answer",
    Say.SHARES_OF_MINER: "{submitted} shares sent; the pool's answers were not seen",
    Say.SHARES_OF_POOL: "{accepted} shares accepted and {rejected} rejected; the miner's side was not seen",
    Say.SHARES_ODD: "of these {stale} too late and {duplicate} sent twice",
    Say.JOBS: "{jobs} jobs from the pool",
    Say.MESSAGES: "the counts rest on {miner} messages of the miner and {pool} of the pool",
    Say.GAPS: "{bytes} bytes of payload are missing in the capture, so shares may be missing too",
    Say.PYSHARK_NOT_INSTALLED: "none: pyshark is not installed; pip install 'minesensor[explain]'",
    Say.TSHARK_NOT_INSTALLED: "none: tshark is not installed; apt-get install tshark",
    Say.TSHARK_UNREADABLE: "none: tshark cannot read {capture}; give the capture that the finding came from",
    Say.TSHARK_NO_STREAM: "tshark finds no such connection in {capture}",
    Say.TSHARK_SIDE_MINER: "miner: {packets} packets, {bytes} bytes of payload, {retransmitted} segments sent again",
    Say.TSHARK_SIDE_POOL: "pool: {packets} packets, {bytes} bytes of payload, {retransmitted} segments sent again",
    Say.TSHARK_LINE_MINER: "the miner's first message",
    Say.TSHARK_LINE_POOL: "the pool's first message",
    Say.TSHARK_CUT: "the capture ends within a packet; tshark read what is before",
    Say.AGREE_FIRST: "agrees: the first packet is of {ours}",
    Say.DIFFER_FIRST: "differs: the first packet is of {theirs}, the finding says {ours}",
    Say.AGREE_LAST: "agrees: the last payload is of {ours}",
    Say.DIFFER_LAST: "differs: the last payload is of {theirs}, the finding says {ours}",
    Say.AGREE_MESSAGES_MINER: "agrees: {ours} lines from the miner",
    Say.DIFFER_MESSAGES_MINER: "differs: {theirs} lines from the miner, the finding counts {ours} messages",
    Say.AGREE_MESSAGES_POOL: "agrees: {ours} lines from the pool",
    Say.DIFFER_MESSAGES_POOL: "differs: {theirs} lines from the pool, the finding counts {ours} messages",
    Say.AGREE_GAPS: "agrees: {ours} bytes of payload are missing",
    Say.DIFFER_GAPS: "differs: {theirs} bytes of payload are missing, the finding says {ours}",
    Say.DIFFER_WHY: (
        "a difference is no error where the finding rests on other captures too, on a part of this one (--since, "
        "--until), or on an earlier revision"
    ),
}

_ZH: Final[dict[Say, str]] = {
    Say.MINES: "{miner} 在 {pool} 挖矿",
    Say.POOL_LISTED: "该矿池在名单上的名称为 {name}",
    Say.DIALECT: "双方通过 {transport} 使用 {dialect} 协议",
    Say.DIALECT_OPEN: "双方通过 {transport} 通信，协议尚未确定",
    Say.COIN: "任务对应的币种为 {coin}",
    Say.ALGORITHM: "任务对应的算法为 {algorithm}",
    Say.ACCOUNT: "矿机登录账户为 {account}",
    Say.WORKERS: "矿工名共 {count} 个：{names}",
    Say.AGENT: "软件自称 {agent}",
    Say.TUNNEL: "封装：去往矿池方向 {miner_to_pool}，去往矿机方向 {pool_to_miner}",
    Say.DIRECTION_OUTBOUND: "矿机在本网内，矿池在网外",
    Say.DIRECTION_INBOUND: "矿池在本网内，矿机在网外",
    Say.DIRECTION_INTERNAL: "矿机与矿池都在本网内",
    Say.DIRECTION_TRANSIT: "两端都不在本网内，会话只是经过",
    Say.SEEN: "观测时间从 {first} 到 {last}",
    Say.CLOSED_FIN: "连接由双方正常关闭",
    Say.CLOSED_RST: "连接被一方中断",
    Say.CLOSED_IDLE: "连接长时间没有数据",
    Say.CLOSED_EVICTED: "因会话表已满而停止跟踪，连接可能仍在继续",
    Say.CLOSED_PORT_REUSED: "相同两端之间建立了新的连接",
    Say.CLOSED_END: "输入结束时会话仍在进行",
    Say.GOING_ON: "在这一版本时会话仍在进行",
    Say.REVISION: "这是第 {revision} 版，位于第 {line} 行；文件中共有该发现的 {revisions} 个版本",
    Say.STAGE_ATTEMPTED: "阶段 attempted（尝试）：会话已开始，但没有登录被接受",
    Say.STAGE_REFUSED: "阶段 refused（被拒）：矿池拒绝了登录",
    Say.STAGE_JOINED: "阶段 joined（已加入）：登录被接受，或收到任务，但没有看到份额",
    Say.STAGE_WORKING: "阶段 working（工作中）：已提交份额，说明正在计算",
    Say.GRADE_A: "等级 A：双方都有发言，矿机提交份额，矿池下发任务或接受份额",
    Say.GRADE_B: "等级 B：内容明确且格式正确，但只看到一方，或尚无份额",
    Say.GRADE_C: "等级 C：已加密，只能从外部特征判断",
    Say.GRADE_D: "等级 D：只是一次尝试，或仅有名称、地址",
    Say.SHARES: "提交份额 {submitted} 个：接受 {accepted}，拒绝 {rejected}，未答复 {unanswered}",
    Say.SHARES_OF_MINER: "提交份额 {submitted} 个；没有看到矿池的答复",
    Say.SHARES_OF_POOL: "接受份额 {accepted} 个，拒绝 {rejected} 个；没有看到矿机一方",
    Say.SHARES_ODD: "其中过期 {stale} 个，重复 {duplicate} 个",
    Say.JOBS: "矿池下发任务 {jobs} 个",
    Say.MESSAGES: "以上计数依据矿机的 {miner} 条消息和矿池的 {pool} 条消息",
    Say.GAPS: "抓包中缺少 {bytes} 字节载荷，份额也可能因此缺失",
    Say.PYSHARK_NOT_INSTALLED: "没有：未安装 pyshark；请执行 pip install 'minesensor[explain]'",
    Say.TSHARK_NOT_INSTALLED: "没有：未安装 tshark；请执行 apt-get install tshark",
    Say.TSHARK_UNREADABLE: "没有：tshark 无法读取 {capture}；请给出该发现所依据的抓包文件",
    Say.TSHARK_NO_STREAM: "tshark 在 {capture} 中没有找到该连接",
    Say.TSHARK_SIDE_MINER: "矿机：{packets} 个报文，载荷 {bytes} 字节，重传 {retransmitted} 段",
    Say.TSHARK_SIDE_POOL: "矿池：{packets} 个报文，载荷 {bytes} 字节，重传 {retransmitted} 段",
    Say.TSHARK_LINE_MINER: "矿机的第一条消息",
    Say.TSHARK_LINE_POOL: "矿池的第一条消息",
    Say.TSHARK_CUT: "抓包文件在报文中间截断；tshark 已读取此前的内容",
    Say.AGREE_FIRST: "一致：首个报文时间为 {ours}",
    Say.DIFFER_FIRST: "不一致：tshark 的首个报文时间为 {theirs}，发现中为 {ours}",
    Say.AGREE_LAST: "一致：最后载荷时间为 {ours}",
    Say.DIFFER_LAST: "不一致：tshark 的最后载荷时间为 {theirs}，发现中为 {ours}",
    Say.AGREE_MESSAGES_MINER: "一致：矿机发出 {ours} 行",
    Say.DIFFER_MESSAGES_MINER: "不一致：tshark 看到矿机发出 {theirs} 行，发现中计为 {ours} 条消息",
    Say.AGREE_MESSAGES_POOL: "一致：矿池发出 {ours} 行",
    Say.DIFFER_MESSAGES_POOL: "不一致：tshark 看到矿池发出 {theirs} 行，发现中计为 {ours} 条消息",
    Say.AGREE_GAPS: "一致：缺少载荷 {ours} 字节",
    Say.DIFFER_GAPS: "不一致：tshark 认为缺少载荷 {theirs} 字节，发现中为 {ours} 字节",
    Say.DIFFER_WHY: (
        "若该发现还依据其他抓包、只依据本抓包的一部分（--since、--until）或属于较早的版本，则不一致并非错误"
    ),
}

WORDS: Final[dict[str, dict[Say, str]]] = {"en": _EN, "zh": _ZH}
