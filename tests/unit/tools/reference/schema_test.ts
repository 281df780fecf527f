import assert from "node:assert/strict";
import { tableDiagram, viewDiagram } from "../../../../tools/reference/diagram.ts";
import { schemaObjects } from "../../../../tools/reference/schema.ts";

const text = `-- Peers. More of them.
--   id: number of the peer
--   name: unique
--     name
-- Why it is so.
CREATE TABLE peers(id INTEGER PRIMARY KEY, name TEXT);

-- Routes.
--   peer_id: peers.id
CREATE TABLE routes(peer_id INTEGER);

-- Peers with routes. The columns of \`peers\`, and:
--   routes: how many
CREATE VIEW busy AS SELECT id, name, (SELECT count(*) FROM routes WHERE peer_id = id) AS routes FROM peers;
`;

Deno.test("the comments of the schema give each column a meaning; a view takes over those of another object", () => {
  assert.deepEqual(schemaObjects(text), [
    {
      kind: "table",
      name: "peers",
      about: "Peers. More of them.",
      columns: [
        { name: "id", type: "INTEGER", meaning: "number of the peer" },
        { name: "name", type: "TEXT", meaning: "unique name" },
      ],
    },
    {
      kind: "table",
      name: "routes",
      about: "Routes.",
      columns: [{ name: "peer_id", type: "INTEGER", meaning: "peers.id" }],
    },
    {
      kind: "view",
      name: "busy",
      about: "Peers with routes.",
      columns: [
        { name: "id", type: "INTEGER", meaning: "number of the peer" },
        { name: "name", type: "TEXT", meaning: "unique name" },
        { name: "routes", type: "", meaning: "how many" },
      ],
    },
  ]);
});

Deno.test("a column without a meaning, and a meaning without a column, are errors", () => {
  assert.throws(
    () => schemaObjects(text.replace("--   id: number of the peer\n", "")),
    /above peers lacks a line for id/,
  );
  assert.throws(() => schemaObjects(text.replace("--   routes:", "--   root:")), /above busy lacks a line for routes/);
  assert.throws(() => schemaObjects(text.replace("-- Why", "--   gone: x\n-- Why")), /above peers has a line for gone/);
});

Deno.test("the diagrams have the references of the tables and what each view reads", () => {
  const objects = schemaObjects();
  assert.match(tableDiagram(objects), /^ {2}prefixes \|\|--o\{ routes : prefix_id$/m);
  assert.match(viewDiagram(objects), /^ {2}best --> rib\["rib, adj_rib_in, loc_rib"\]$/m);
  assert.match(viewDiagram(objects), /^ {2}history --> updates\["updates"\]$/m);
});
