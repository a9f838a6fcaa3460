"""A stand-in for PostgREST, for the examples and their tests: what supabase-js asks of `/rest/v1` for functions and tables, as
the user or stranger that the token names, with errors in PostgREST's form. Enough for them, and no more of it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from aiohttp import web
from psycopg import sql
from psycopg.rows import scalar_row, tuple_row
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]]

_ROLES = {"anon", "authenticated", "service_role"}
_OPERATORS = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_IS = {"null": "null", "true": "true", "false": "false"}
_NOT_FILTERS = {"select", "order", "limit", "offset", "columns"}
_ONE_ROW = "application/vnd.pgrst.object"
# https://docs.postgrest.org/en/stable/references/errors.html: the code as a whole, or its class
_STATUS = {
    "23503": 409,
    "23505": 409,
    "25006": 405,
    "42883": 404,
    "42P01": 404,
    "42501": 403,
    "42P17": 500,
    "P0001": 400,
}
_STATUS_OF_CLASS = {
    **dict.fromkeys(("08", "53"), 503),
    **dict.fromkeys(("09", "25", "2D", "38", "39", "3B", "40", "54", "55", "57", "58", "F0", "HV", "P0", "XX"), 500),
    **dict.fromkeys(("0L", "0P", "28"), 403),
}

_FUNCTION = """
select
  coalesce(p.proargnames[1:p.pronargs], '{}'), array(select format_type(t.type, null) from unnest(p.proargtypes) as t (type))
  , p.pronargdefaults, p.provolatile <> 'v', p.proretset
  , coalesce('t' = any(p.proargmodes), false) or r.typtype = 'c'
from pg_catalog.pg_proc as p
inner join pg_catalog.pg_type as r on r.oid = p.prorettype
where p.pronamespace = 'public'::regnamespace and p.proname = %s
"""
_COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute as a
where a.attrelid = to_regclass(format('public.%%I', %s::text)) and a.attnum > 0 and not a.attisdropped
"""


class Refused(Exception):
    """An answer that is an error."""

    def __init__(
        self, status: int, code: str, message: str, hint: str | None = None, details: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, "hint": hint, "details": details}


@dataclass(frozen=True)
class _Statement:
    """What a request comes to."""

    query: sql.Composed
    parameters: dict[str, Any]
    is_read_only: bool
    is_list: bool = True
    """Of rows; else one value, or one row."""


def make_token(secret: str, role: str, user: str | None = None, seconds: float = 86_400.0) -> str:
    """A JSON Web Token as Supabase's Auth signs it, for `user`."""
    claims = {"role": role, "exp": int(time.time() + seconds), **({"sub": user} if user else {})}
    head, body = (_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{head}.{body}.{_encoded(_signature(secret, f'{head}.{body}'))}"


def read_token(secret: str, token: str) -> dict[str, Any]:
    """The claims of a token. Raises Refused."""
    try:
        head, body, signature = token.split(".")
        if not hmac.compare_digest(_signature(secret, f"{head}.{body}"), _decoded(signature)):
            raise ValueError
        claims: dict[str, Any] = json.loads(_decoded(body))
    except (ValueError, binascii.Error):
        raise Refused(401, "PGRST301", "No suitable key or wrong key type") from None
    if claims.get("exp", 0) < time.time():
        raise Refused(401, "PGRST303", "JWT expired")
    if claims.get("role") not in _ROLES:
        raise Refused(401, "PGRST302", "the role of the token is not known")
    return claims


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(secret: str, text: str) -> bytes:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()


class PostgREST:
    """Answers requests below `/rest/v1`. `pool`: connections, in autocommit, of a role that may become each of the three;
    `secret` signs tokens."""

    def __init__(self, pool: Pool, secret: str) -> None:
        self._pool = pool
        self._secret = secret

    def add_to(self, app: web.Application) -> None:
        """Its routes."""
        app.router.add_route("*", "/rest/v1/rpc/{function}", self._answer)
        app.router.add_route("*", "/rest/v1/{table}", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            claims = self._claims(request)
            try:
                return await self._run(request, claims)
            except psycopg.Error as error:
                raise _refused(error, is_signed_in=claims["role"] != "anon") from None
        except Refused as refused:
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else {}
            return web.json_response(refused.body, status=refused.status, headers=headers)

    def _claims(self, request: web.Request) -> dict[str, Any]:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return {"role": "anon"}
        return read_token(self._secret, token)

    async def _run(self, request: web.Request, claims: dict[str, Any]) -> web.Response:
        body = await _json(request)
        async with self._pool.connection() as connection:
            if "function" in request.match_info:
                statement = await _call(connection, request, body)
            else:
                statement = await _query(connection, request, body)
            # what commits raises, too: constraints and triggers that are deferred
            async with connection.transaction():
                if statement.is_read_only:
                    await connection.execute("set transaction read only")
                await connection.execute(
                    "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
                    (claims["role"], json.dumps(claims)),
                )
                cursor = connection.cursor(row_factory=scalar_row)
                found = await (await cursor.execute(statement.query, statement.parameters)).fetchone()
        return _response(request, statement, found)


async def _json(request: web.Request) -> Any:
    if request.method in {"GET", "HEAD", "DELETE"}:
        return None
    try:
        return await request.json()
    except ValueError:
        raise Refused(400, "PGRST102", "Empty or invalid json") from None


async def _call(connection: psycopg.AsyncConnection[Any], request: web.Request, body: Any) -> _Statement:
    """A call of a function of schema public, found by the names of its arguments."""
    name = request.match_info["function"]
    arguments: Mapping[str, Any] = dict(request.query) if request.method in {"GET", "HEAD"} else body
    cursor = await connection.cursor(row_factory=tuple_row).execute(_FUNCTION, (name,))
    candidates = [
        (dict(zip(names, types, strict=True)), *rest)
        for names, types, defaults, *rest in await cursor.fetchall()
        if set(names[: len(names) - defaults]) <= set(arguments) <= set(names)
    ]
    if not candidates:
        listed = ", ".join(sorted(arguments))
        raise Refused(
            404,
            "PGRST202",
            f"Could not find the function public.{name}({listed}) in the schema cache",
            details=f"Searched for the function public.{name} with parameters {listed}",
        )
    kinds, is_read_only, is_set, has_columns = candidates[0]
    call = sql.SQL("{}({})").format(
        sql.Identifier("public", name),
        sql.SQL(", ").join(
            # jsonb_to_record turns a value into the type as PostgREST does
            sql.SQL("{} => a.{}").format(sql.Identifier(each), sql.Identifier(each))
            for each in arguments
        ),
    )
    source: sql.Composable = sql.SQL("(select) as a")
    if arguments:
        typed = (sql.SQL("{} {}").format(sql.Identifier(each), sql.SQL(kinds[each])) for each in arguments)
        source = sql.SQL("jsonb_to_record(%(body)s::jsonb) as a({})").format(sql.SQL(", ").join(typed))
    row = sql.SQL("to_jsonb(r)") if has_columns else sql.SQL("to_jsonb(r.value)")
    result = sql.SQL("coalesce(jsonb_agg({}), '[]')") if is_set else sql.SQL("jsonb_agg({}) -> 0")
    query = sql.SQL("select {} from {} cross join lateral {} as r{}").format(
        result.format(row), source, call, sql.SQL("") if has_columns else sql.SQL("(value)")
    )
    is_asked = request.method in {"GET", "HEAD"}
    return _Statement(query, {"body": json.dumps(arguments)}, is_asked or is_read_only, is_list=is_set)


async def _query(connection: psycopg.AsyncConnection[Any], request: web.Request, body: Any) -> _Statement:
    """What is asked for of a table of schema public, or done to it."""
    table = request.match_info["table"]
    cursor = connection.cursor(row_factory=tuple_row)
    kinds: dict[str, str] = dict(await (await cursor.execute(_COLUMNS, (table,))).fetchall())
    if not kinds:
        raise Refused(404, "PGRST205", f"Could not find the table 'public.{table}' in the schema cache")
    target = sql.Identifier("public", table)
    parameters: dict[str, Any] = {}
    where = _filters(request, kinds, parameters)
    selected = _selected(request, kinds)
    if request.method in {"GET", "HEAD"}:
        rows = sql.SQL("select {} from {} as t{}{}").format(selected, target, where, _tail(request, kinds))
        return _listed(rows, parameters, is_read_only=True)
    returning = sql.SQL(" returning {}").format(selected if _wants_rows(request) else sql.SQL("1"))
    if request.method == "DELETE":
        rows = sql.SQL("delete from {} as t{}{}").format(target, where, returning)
        return _listed(rows, parameters)
    items = body if isinstance(body, list) else [body]
    names = list(dict.fromkeys(name for item in items for name in item))
    for name in names:
        _column(name, kinds, table)
    parameters["body"] = json.dumps(items)
    columns = sql.SQL(", ").join([sql.Identifier(name) for name in names])
    typed = sql.SQL(", ").join([sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kinds[name])) for name in names])
    given = sql.SQL("jsonb_to_recordset(%(body)s::jsonb) as g({})").format(typed)
    if request.method == "POST":
        rows = sql.SQL("insert into {} as t ({}) select {} from {}{}").format(
            target, columns, columns, given, returning
        )
    elif request.method == "PATCH":
        changes = sql.SQL(", ").join(sql.SQL("{} = g.{}").format(*[sql.Identifier(name)] * 2) for name in names)
        rows = sql.SQL("update {} as t set {} from {}{}{}").format(target, changes, given, where, returning)
    else:
        raise Refused(405, "PGRST117", f"Unsupported HTTP method: {request.method}")
    return _listed(rows, parameters)


def _listed(rows: sql.Composed, parameters: dict[str, Any], *, is_read_only: bool = False) -> _Statement:
    query = sql.SQL("with rows as ({}) select coalesce(jsonb_agg(to_jsonb(rows)), '[]') from rows").format(rows)
    return _Statement(query, parameters, is_read_only)


def _column(name: str, kinds: Mapping[str, str], table: str) -> sql.Identifier:
    if name not in kinds:
        raise Refused(400, "PGRST204", f"Could not find the '{name}' column of '{table}' in the schema cache")
    return sql.Identifier("t", name)


def _selected(request: web.Request, kinds: Mapping[str, str]) -> sql.Composable:
    names = [name.strip() for name in request.query.get("select", "*").split(",")]
    if names == ["*"]:
        return sql.SQL("t.*")
    return sql.SQL(", ").join(_column(name, kinds, request.match_info["table"]) for name in names)


def _filters(request: web.Request, kinds: Mapping[str, str], parameters: dict[str, Any]) -> sql.Composable:
    conditions: list[sql.Composable] = []
    for name, text in request.query.items():
        if name in _NOT_FILTERS:
            continue
        column = _column(name, kinds, request.match_info["table"])
        operator, _, value = text.partition(".")
        key = f"filter_{len(conditions)}"
        kind = sql.SQL(kinds[name])
        if operator == "in":
            parameters[key] = [part.strip('"') for part in value.strip("()").split(",") if part]
            condition = sql.SQL("{} = any({}::{}[])").format(column, sql.Placeholder(key), kind)
        elif operator == "is" and value in _IS:
            condition = sql.SQL("{} is {}").format(column, sql.SQL(_IS[value]))
        elif operator in _OPERATORS:
            parameters[key] = value
            sign = sql.SQL(_OPERATORS[operator])
            condition = sql.SQL("{} {} {}::{}").format(column, sign, sql.Placeholder(key), kind)
        else:
            raise Refused(400, "PGRST100", f'"failed to parse filter ({text})"')
        conditions.append(condition)
    if not conditions:
        return sql.SQL("")
    return sql.SQL(" where {}").format(sql.SQL(" and ").join(conditions))


def _tail(request: web.Request, kinds: Mapping[str, str]) -> sql.Composable:
    parts: list[sql.Composable] = []
    orders = []
    for order in filter(None, request.query.get("order", "").split(",")):
        name, *words = order.split(".")
        column = _column(name, kinds, request.match_info["table"])
        orders.append(sql.SQL("{} {}").format(column, sql.SQL("desc" if "desc" in words else "asc")))
    if orders:
        parts.append(sql.SQL(" order by {}").format(sql.SQL(", ").join(orders)))
    if "limit" in request.query:
        parts.append(sql.SQL(" limit {}").format(sql.Literal(int(request.query["limit"]))))
    if "offset" in request.query:
        parts.append(sql.SQL(" offset {}").format(sql.Literal(int(request.query["offset"]))))
    return sql.SQL("").join(parts)


def _wants_rows(request: web.Request) -> bool:
    return "return=representation" in request.headers.get("Prefer", "")


def _response(request: web.Request, statement: _Statement, found: Any) -> web.Response:
    if "table" in request.match_info and request.method in {"POST", "PATCH", "DELETE"} and not _wants_rows(request):
        return web.Response(status=201 if request.method == "POST" else 204)
    if statement.is_list and _ONE_ROW in request.headers.get("Accept", ""):
        if len(found) != 1:
            raise Refused(
                406,
                "PGRST116",
                "Cannot coerce the result to a single JSON object",
                details=f"The result contains {len(found)} rows",
            )
        [found] = found
    status = 201 if "table" in request.match_info and request.method == "POST" else 200
    return web.json_response(found, status=status, headers={"Content-Range": "0-0/*"})


def _refused(error: psycopg.Error, *, is_signed_in: bool) -> Refused:
    code = error.sqlstate or "XX000"
    if code.startswith("PT") and code[2:].isdecimal():
        status = int(code[2:])
    elif code == "42501" and not is_signed_in:
        status = 401
    else:
        status = _STATUS.get(code, _STATUS_OF_CLASS.get(code[:2], 400))
    said = error.diag
    return Refused(status, code, said.message_primary or str(error), said.message_hint, said.message_detail)
