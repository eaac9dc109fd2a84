// SPDX-License-Identifier: Apache-2.0
// SCIMMY in memory on 127.0.0.1, for the tests of the SCIM connector: node scimmy_server.mjs TOKEN; prints "port N".
// With TLS_KEY and TLS_CERT in the environment that port speaks HTTP/2 alone.
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import express from "express"; // 4: with 5 the router cannot set what it read of the query
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";
import { randomUUID } from "node:crypto";

const token = process.argv[2];
SCIMMY.Config.set({
    patch: true, filter: true, sort: true,
    bulk: { supported: true, maxOperations: 50, maxPayloadSize: 1048576 },
});

// Resources by id; a User's userName is unique.
function store(name, key) {
    const all = new Map();
    const find = (id) => {
        if (!all.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        return all.get(id);
    };
    return {
        all,
        ingress: ({ id }, given) => {
            const before = id ? find(id) : null;
            const taken = (given[key] ?? "").toLowerCase();
            if (name === "User" && [...all.values()].some((o) => o.id !== id && o[key].toLowerCase() === taken))
                throw new SCIMMY.Types.Error(409, "uniqueness", `${key} in use`);
            const now = new Date().toISOString();
            const kept = { ...JSON.parse(JSON.stringify(given)), id: id ?? randomUUID(),
                           meta: { created: before?.meta.created ?? now, lastModified: now } };
            all.set(kept.id, kept);
            return kept;
        },
        egress: ({ id, filter }) => {
            if (id) return find(id);
            return filter ? filter.match([...all.values()]) : [...all.values()];
        },
        degress: ({ id }) => { find(id); all.delete(id); },
    };
}

const users = store("User", "userName"), groups = store("Group", "displayName");
const { User, Group } = SCIMMY.Resources;
SCIMMY.Resources.declare(User.extend(SCIMMY.Schemas.EnterpriseUser, false), users);
SCIMMY.Resources.declare(Group, groups);

const app = express();
app.use("/scim/v2", new SCIMMYRouters({ type: "bearer", handler: (request) => {
    if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("wrong token");
    return "";
} }));

// HTTP/2 in front: each stream becomes a request to the plain server behind.
function front(port) {
    const seen = { sessions: 0, streams: 0, now: 0, most: 0 };
    const secure = http2.createSecureServer({ key: readFileSync(process.env.TLS_KEY), cert: readFileSync(process.env.TLS_CERT) });
    secure.on("session", () => seen.sessions++);
    secure.on("stream", (stream, headers) => {
        seen.streams++;
        seen.most = Math.max(seen.most, ++seen.now);
        stream.on("close", () => seen.now--);
        if (headers[":path"] === "/seen") {
            stream.respond({ ":status": 200, "content-type": "application/json" });
            return stream.end(JSON.stringify(seen));
        }
        const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(":")));
        const inner = http.request({ port, host: "127.0.0.1", method: headers[":method"], path: headers[":path"], headers: passed }, (answer) => {
            const { connection, "keep-alive": _keep, "transfer-encoding": _coding, ...kept } = answer.headers;
            setTimeout(() => { stream.respond({ ":status": answer.statusCode, ...kept }); answer.pipe(stream); }, 5);
        });
        stream.pipe(inner);
    });
    secure.listen(0, "127.0.0.1", () => console.log(`port ${secure.address().port}`));
}

const server = app.listen(0, "127.0.0.1", () => {
    if (process.env.TLS_KEY) front(server.address().port);
    else console.log(`port ${server.address().port}`);
});
