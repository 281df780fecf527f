import assert from "node:assert/strict";
import {
  CeaseCode,
  ErrorCode,
  FsmError,
  HeaderError,
  notificationName,
  OpenError,
  RouteRefreshError,
  UpdateError,
} from "../../../src/message/mod.ts";

Deno.test("every error code and subcode has a name, and no two the same", () => {
  const tables: [number, Record<string, number>][] = [
    [ErrorCode.messageHeader, HeaderError],
    [ErrorCode.open, OpenError],
    [ErrorCode.update, UpdateError],
    [ErrorCode.finiteStateMachine, FsmError],
    [ErrorCode.cease, CeaseCode],
    [ErrorCode.routeRefresh, RouteRefreshError],
    [ErrorCode.holdTimerExpired, { unspecific: 0 }],
    [ErrorCode.sendHoldTimerExpired, { unspecific: 0 }],
  ];
  assert.deepEqual(tables.map(([code]) => code).sort(), Object.values(ErrorCode).sort());
  const names = tables.flatMap(([code, subcodes]) => Object.values(subcodes).map((sub) => notificationName(code, sub)));
  assert.deepEqual(names.filter((name) => /error \d|subcode \d/.test(name)), []);
  assert.equal(new Set(names).size, names.length);
});

Deno.test("the names are those of the RFCs", () => {
  assert.equal(notificationName(1, 1), "Message Header Error / Connection Not Synchronized");
  assert.equal(notificationName(2, 11), "OPEN Message Error / Role Mismatch"); // RFC 9234
  assert.equal(notificationName(3, 0), "UPDATE Message Error");
  assert.equal(notificationName(4, 0), "Hold Timer Expired");
  assert.equal(notificationName(5, 3), "Finite State Machine Error / Receive Unexpected Message in Established State");
  assert.equal(notificationName(6, 2), "Cease / Administrative Shutdown"); // RFC 4486
  assert.equal(notificationName(6, 9), "Cease / Hard Reset"); // RFC 8538
  assert.equal(notificationName(7, 1), "ROUTE-REFRESH Message Error / Invalid Message Length"); // RFC 7313
  assert.equal(notificationName(8, 0), "Send Hold Timer Expired"); // RFC 9687
});

Deno.test("numbers nobody assigned are named by themselves", () => {
  assert.equal(notificationName(6, 77), "Cease / subcode 77");
  assert.equal(notificationName(99, 0), "error 99");
  assert.equal(notificationName(99, 3), "error 99 / subcode 3");
});
