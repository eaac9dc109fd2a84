// SPDX-License-Identifier: Apache-2.0
// A SCIM service on SCIMMY (npm), all in memory, to push to: node scimmy.mjs TOKEN; prints "port N".
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const token = process.argv[2];

SCIMMY.Config.set({
    patch: true, filter: true, sort: true,
    bulk: { supported: process.argv[3] === "bulk", maxOperations: 50, maxPayloadSize: 1048576 },
});

// SCIMMY leaves storing, uniqueness and filtering to these three.
function handlers(kind, key) {
    const store = new Map();
    const get = (id) => {
        if (!store.has(id)) throw new SCIMMY.Types.Error(404, null, `no ${kind} ${id}`);
        return store.get(id);
    };
    return {
        ingress(resource, instance) {
            const before = resource.id ? get(resource.id) : null;
            const name = String(instance[key] ?? "").toLowerCase();
            for (const other of store.values())
                if (kind === "User" && other.id !== resource.id && other[key].toLowerCase() === name)
                    throw new SCIMMY.Types.Error(409, "uniqueness", `${key} is taken`);
            const now = new Date().toISOString();
            const kept = {
                ...JSON.parse(JSON.stringify(instance)),
                id: resource.id ?? randomUUID(),
                meta: { created: before?.meta.created ?? now, lastModified: now },
            };
            store.set(kept.id, kept);
            return kept;
        },
        egress(resource) {
            if (resource.id) return get(resource.id);
            const all = [...store.values()];
            return resource.filter ? resource.filter.match(all) : all;
        },
        degress(resource) {
            get(resource.id);
            store.delete(resource.id);
        },
    };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false),
    handlers("User", "userName"));
SCIMMY.Resources.declare(SCIMMY.Resources.Group, handlers("Group", "displayName"));
const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler(request) {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("no such token");
        return "";
    },
}));
const server = app.listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
// Ends with whoever started it.
process.stdin.on("end", () => process.exit(0)).resume();
