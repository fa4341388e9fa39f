"""Sessions of Monero's stratum as lines, and the words to write more."""

from __future__ import annotations

from tests.unit.wire.talk import C, Message, S, says, talk

WALLET = "4" + "A" * 94
BLOB = "1010" + "d2" * 76
SEED = "5e" * 32
RESULT = "7f" * 32

OK = {"status": "OK"}


def login(ident: object = 1, **params: object) -> Message:
    return says(C, id=ident, jsonrpc="2.0", method="login", params={"login": WALLET, "pass": "x", **params})


def job_of(job_id: str, target: str = "b88d0600", **more: object) -> dict[str, object]:
    return {"blob": BLOB, "job_id": job_id, "target": target, **more}


def welcome(ident: object = 1, session: str = "s1", **job: object) -> Message:
    result = {"id": session, "job": job or job_of("J1"), "status": "OK"}
    return says(S, id=ident, jsonrpc="2.0", error=None, result=result)


def push(job_id: str, target: str = "b88d0600", **more: object) -> Message:
    return says(S, jsonrpc="2.0", method="job", params=job_of(job_id, target, **more))


def submit(ident: object, job_id: str, session: str = "s1") -> Message:
    params = {"id": session, "job_id": job_id, "nonce": "d0030040", "result": RESULT}
    return says(C, id=ident, jsonrpc="2.0", method="submit", params=params)


def ok(ident: object) -> Message:
    return says(S, id=ident, jsonrpc="2.0", error=None, result=OK)


def no(ident: object, text: str) -> Message:
    return says(S, id=ident, jsonrpc="2.0", error={"code": -1, "message": text})


XMRIG: list[Message] = [
    login(agent="XMRig/6.22.2 (Linux x86_64)", rigid="rack7", algo=["rx/0", "cn/r"]),
    welcome(**job_of("J1", algo="rx/0", height=3254412, seed_hash=SEED)),
    submit(2, "J1"),
    ok(2),
    submit(3, "J1"),
    no(3, "Low difficulty share"),
    push("J2", "711b0d00", algo="rx/0", height=3254413, seed_hash=SEED),
    submit(4, "J1"),
    no(4, "Block expired"),
    submit(5, "J2"),
    no(5, "Duplicate share"),
    says(C, id=6, jsonrpc="2.0", method="keepalived", params={"id": "s1"}),
    says(S, id=6, jsonrpc="2.0", error=None, result={"status": "KEEPALIVED"}),
    says(S, jsonrpc="2.0", method="client.reconnect", params=["pool2.example.org", "3333"]),
]

# xmr-stak: no version member, id 1 for everything, a Monero of before RandomX.
STAK_LOGIN = f"{WALLET}.{'cb' * 32}.ryzen"
STAK_JOB = f'{{"blob":"0606{"e8" * 76}","job_id":"72","target":"dc460300"}}'
STAK = talk(
    f"""
    C> {{"method":"login","params":{{"login":"{STAK_LOGIN}","pass":"d=5000","agent":"xmr-stak/1"}},"id":1}}
    S> {{"id":1,"jsonrpc":"2.0","error":null,"result":{{"id":"47","job":{STAK_JOB},"status":"OK"}}}}
    C> {{"method":"submit","params":{{"id":"47","job_id":"72","nonce":"98024001","result":"{RESULT}"}},"id":1}}
    C> {{"method":"submit","params":{{"id":"47","job_id":"72","nonce":"98024002","result":"{RESULT}"}},"id":1}}
    S> {{"id":1,"jsonrpc":"2.0","error":null,"result":{{"status":"OK"}}}}
    S> {{"id":1,"jsonrpc":"2.0","error":{{"message":"Low diff share"}}}}
    """
)
