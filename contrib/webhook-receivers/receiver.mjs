#!/usr/bin/env node
// Receives openloom's webhooks, checks them, and prints a line for each event, once.
//
// usage: WEBHOOK_SECRET=whsec_... receiver.mjs [PORT]
//
// Needs nothing but Node 18. Prints "listening on PORT" when it is ready; port 0 takes any.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const LONGEST = 1 << 20; // bytes of a body; openloom sends at most 20,000
const TOLERANCE = 5 * 60; // seconds that an attempt may be old, as Standard Webhooks says
const REMEMBERED = 10_000; // ids of deliveries that were taken

const secret = process.env.WEBHOOK_SECRET;
if (!secret) {
  console.error("set WEBHOOK_SECRET to the secret of the endpoint");
  process.exit(1);
}
const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
const taken = new Set();

/** What is wrong with a request; undefined if it is from openloom, unchanged and new enough. */
function problem(headers, body) {
  const id = headers["webhook-id"], stamp = headers["webhook-timestamp"];
  if (!id || !/^[0-9]+$/.test(stamp ?? "")) return "webhook-id or webhook-timestamp is missing";
  if (Math.abs(Date.now() / 1000 - Number(stamp)) > TOLERANCE) return "it is too old, or from the future";
  const expected = createHmac("sha256", key).update(`${id}.${stamp}.`).update(body).digest();
  for (const signature of (headers["webhook-signature"] ?? "").split(" ")) {
    const [version, value] = signature.split(",");
    const given = Buffer.from(value ?? "", "base64");
    if (version === "v1" && given.length === expected.length && timingSafeEqual(given, expected)) return undefined;
  }
  return "no signature fits";
}

const server = createServer((request, response) => {
  const answer = (status, text) => {
    response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
    response.end(text + "\n");
  };
  const pieces = [];
  let size = 0;
  request.on("data", (piece) => {
    size += piece.length;
    if (size <= LONGEST) pieces.push(piece);
  });
  request.on("end", () => {
    if (request.method !== "POST") return answer(405, "only POST");
    if (size > LONGEST) return answer(413, "too large");
    const body = Buffer.concat(pieces);
    const wrong = problem(request.headers, body);
    if (wrong) return answer(401, wrong);
    const id = request.headers["webhook-id"];
    if (taken.has(id)) return answer(200, "taken before");
    const event = JSON.parse(body);
    // Your work goes here. It is done once an answer of 2xx has been sent; anything else is sent again.
    console.log(event.store_version, event.event, event.task_id, event.task_name);
    taken.add(id);
    if (taken.size > REMEMBERED) taken.delete(taken.values().next().value);
    answer(200, "taken");
  });
});
server.requestTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 9000), "127.0.0.1", () => {
  console.log("listening on", server.address().port);
});
