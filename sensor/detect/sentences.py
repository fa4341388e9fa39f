"""The words of the reasons, a table per language. Only what people read uses it; findings carry codes."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from msgspec import UNSET

from sensor.detect.proof import printable
from sensor.finding import Param, Reason, ReasonCode

# A part in brackets is told where its parameter is there: not each was seen, and of who is hidden none leaves.
SENTENCES: Final[dict[str, dict[ReasonCode, str]]] = {
    "en": {
        ReasonCode.SUBSCRIBED: "the miner asked for work",
        ReasonCode.LOGIN_SENT: "the miner logged in[ as {login}]",
        ReasonCode.LOGIN_ACCEPTED: "the pool accepted the login",
        ReasonCode.LOGIN_REFUSED: "the pool refused the login[ (code {code})]",
        ReasonCode.JOB_SEEN: "the pool sent a job",
        ReasonCode.SHARE_SENT: "the miner sent a share",
        ReasonCode.SHARE_ACCEPTED: "the pool accepted a share",
        ReasonCode.SHARE_REJECTED: "the pool rejected a share[ (code {code})]",
        ReasonCode.RIG_REGISTERED: "the agent registered a rig[, {worker}][, which runs {agent}]",
        ReasonCode.HASHRATE_REPORTED: "the miner reports {hashrate_hs} H/s of itself",
        ReasonCode.REDIRECTED: "the pool sends the miner elsewhere[: to {host}:{port}]",
        ReasonCode.ALGORITHM_SEEN: "the work is for the algorithm {algorithm}",
        ReasonCode.COIN_SEEN: "the coin is {coin}, by the work of this session",
        ReasonCode.DIALECT_CONFIRMED: "both shape and order of the messages are {dialect}",
        ReasonCode.DIALECT_CHANGED: "from here on the session is read as {dialect}",
        ReasonCode.NODE_ASKED: "it asks a node for work ({dialect}) as a pool's server does, not as a miner",
        ReasonCode.MIDSTREAM: "the session was already running when the capture began",
        ReasonCode.ONLY_MINER_SEEN: "only the miner's side was seen",
        ReasonCode.ONLY_POOL_SEEN: "only the pool's side was seen",
        ReasonCode.NAME_DNS: "a DNS answer for a listed name[, {name},] went to it (list {list} of {as_of})",
        ReasonCode.NAME_SNI: "a TLS ClientHello holds a listed name[, {name}] (list {list} of {as_of})",
        ReasonCode.NAME_HTTP_HOST: "an HTTP request holds a listed name[, {name}] (list {list} of {as_of})",
        ReasonCode.NAME_LEARNED: (
            "the address answered for a listed name[, {name},] {age_seconds} s before (list {list} of {as_of})"
        ),
        ReasonCode.NAME_PROXIED: (
            "a proxy was asked for a listed name[, {name}][, port {port}] (list {list} of {as_of})"
        ),
        ReasonCode.NAME_CERTIFICATE: "the server's certificate holds a listed name[, {name}] (list {list} of {as_of})",
        ReasonCode.ADDRESS_LISTED: "the address and port stand on list {list} of {as_of}",
        ReasonCode.PROXIED: "the session goes through a proxy[ that was asked for {host}:{port} ({via})]",
        ReasonCode.UNFOLLOWED: "all seats were taken: what it said from here on was not read",
        ReasonCode.WITHDRAWN: "withdrawn: what followed cannot be a mining session",
    },
    "zh": {
        ReasonCode.SUBSCRIBED: "矿机请求任务",
        ReasonCode.LOGIN_SENT: "矿机[以 {login} ]登录",
        ReasonCode.LOGIN_ACCEPTED: "矿池接受了登录",
        ReasonCode.LOGIN_REFUSED: "矿池拒绝了登录[（代码 {code}）]",
        ReasonCode.JOB_SEEN: "矿池下发了任务",
        ReasonCode.SHARE_SENT: "矿机提交了份额",
        ReasonCode.SHARE_ACCEPTED: "矿池接受了份额",
        ReasonCode.SHARE_REJECTED: "矿池拒绝了份额[（代码 {code}）]",
        ReasonCode.RIG_REGISTERED: "代理登记了一台矿机[：{worker}][，其软件为 {agent}]",
        ReasonCode.HASHRATE_REPORTED: "矿机自报算力 {hashrate_hs} H/s",
        ReasonCode.REDIRECTED: "矿池要求矿机转到别处[：{host}:{port}]",
        ReasonCode.ALGORITHM_SEEN: "工作的算法为 {algorithm}",
        ReasonCode.COIN_SEEN: "按本会话的工作，币种为 {coin}",
        ReasonCode.DIALECT_CONFIRMED: "消息的形式和顺序都符合 {dialect}",
        ReasonCode.DIALECT_CHANGED: "此后会话按 {dialect} 解读",
        ReasonCode.NODE_ASKED: "它像矿池服务器那样向节点请求任务（{dialect}），没有任何只有矿机才会发送的内容",
        ReasonCode.MIDSTREAM: "抓包开始时会话已在进行",
        ReasonCode.ONLY_MINER_SEEN: "只看到矿机一方",
        ReasonCode.ONLY_POOL_SEEN: "只看到矿池一方",
        ReasonCode.NAME_DNS: "对名单上名称[ {name} ]的 DNS 应答发给了它（名单 {list}，{as_of}）",
        ReasonCode.NAME_SNI: "TLS ClientHello 中有名单上的名称[ {name}]（名单 {list}，{as_of}）",
        ReasonCode.NAME_HTTP_HOST: "HTTP 请求中有名单上的名称[ {name}]（名单 {list}，{as_of}）",
        ReasonCode.NAME_LEARNED: "{age_seconds} 秒前该地址曾作为名单上名称[ {name} ]的解析结果（名单 {list}，{as_of}）",
        ReasonCode.NAME_PROXIED: "曾请求代理连接名单上的名称[ {name}][，端口 {port}]（名单 {list}，{as_of}）",
        ReasonCode.NAME_CERTIFICATE: "服务器证书中有名单上的名称[ {name}]（名单 {list}，{as_of}）",
        ReasonCode.ADDRESS_LISTED: "该地址和端口在名单 {list}（{as_of}）上",
        ReasonCode.PROXIED: "会话经由代理[，曾请求其连接 {host}:{port}（{via}）]",
        ReasonCode.UNFOLLOWED: "跟踪名额已满：此后的内容未被读取",
        ReasonCode.WITHDRAWN: "已撤回：其后的内容不可能是挖矿会话",
    },
}

# Below there is nothing to group, beyond are more digits than a float has.
_GROUPED_FROM: Final = 1e3
_GROUPED_BELOW: Final = 1e15
_PART: Final = re.compile(r"\[([^{]*\{(\w+)\}[^]]*)\]")


def template(code: ReasonCode, seen: Container[str], language: str) -> str:
    """The words of ``code`` where the parameters ``seen`` are there, to be filled with them."""
    return _PART.sub(lambda part: part[1] if part[2] in seen else "", SENTENCES[language][code])


def sentence(reason: Reason, language: str = "en") -> str:
    """``reason`` in words, one line of printable ASCII around the wire's text; unknown parameters are "not seen"."""
    params = {} if reason.params is UNSET else reason.params
    shown = {name: printable(said(value)) for name, value in params.items()}
    return template(reason.code, shown, language).format_map(_Shown(shown))


def said(value: Param) -> str:
    """A parameter for people: the digits of a hashrate in groups, or nobody counts them."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if _GROUPED_FROM <= value < _GROUPED_BELOW else f"{value:g}"


class _Shown(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "not seen"
