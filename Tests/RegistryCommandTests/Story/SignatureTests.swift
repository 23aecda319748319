import Foundation
import TestSupport
import Testing

/// Signing models, and finding out that something is not what was signed.
@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct SignatureTests {
  private func withSignedRegistry(
    isSoundAfterwards: Bool = true, _ body: (RegistryProcess) throws -> Void
  ) throws {
    try Story.withPreparedRegistry(isSoundAfterwards: isSoundAfterwards) { registry in
      try registry.succeed("keygen", "--output", "anna.pem")
      try registry.succeed("sign", "wolfdog", "--key", "anna.pem")
      try body(registry)
    }
  }

  private func problems(_ registry: RegistryProcess, _ arguments: String...) throws -> [String] {
    let result = try registry.run(["verify", "--signatures", "--json"] + arguments)
    let answer = try result.json()
    let problems = try #require(answer["problems"] as? [String])
    #expect(result.exitCode == (problems.isEmpty ? 0 : 1))
    #expect(answer["verified"] as? Bool == problems.isEmpty)
    return problems
  }

  @Test func `a private key is its owner's alone and is never replaced`() throws {
    try withRegistryProcess { registry in
      let made = try registry.succeed("keygen", "--output", "anna.pem")
      #expect(made[text: "public_key"]?.utf8.count == 64)
      let file = registry.folder.appending(path: "anna.pem")
      let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
      for name in ["anna.pem", "anna.pem.pub"] {
        try FileManager.default.removeItem(
          at: registry.folder.appending(path: name == "anna.pem" ? "anna.pem.pub" : "anna.pem"))
        let before = try Data(contentsOf: registry.folder.appending(path: name))
        let again = try registry("keygen", "--output", "anna.pem", "--json")
        #expect(again.exitCode == 73)
        #expect(try again.error()[text: "code"] == "key_exists")
        #expect(try Data(contentsOf: registry.folder.appending(path: name)) == before)
        let names = try FileManager.default.contentsOfDirectory(atPath: registry.folder.path)
        #expect(names == [name])
        try FileManager.default.removeItem(at: registry.folder.appending(path: name))
        try registry.succeed("keygen", "--output", "anna.pem")
      }
    }
  }

  @Test func `a signature covers the chain and is trusted by its key alone`() throws {
    try withSignedRegistry { registry in
      try registry.succeed("keygen", "--output", "eve.pem")
      #expect(try problems(registry) == [])
      #expect(try problems(registry, "wolfdog", "--trusted-key", "anna.pem.pub") == [])
      let untrusted = try problems(registry, "wolfdog", "--trusted-key", "eve.pem.pub")
      #expect(untrusted == ["wolfdog@1 has no valid signature by a key that is trusted."])
      #expect(
        try problems(registry, "efficientnet-lite0") == ["efficientnet-lite0@1 is not signed."])
      let both = try registry.run([
        "verify", "--signatures", "--trusted-key", "eve.pem.pub", "--trusted-key", "anna.pem.pub",
        "--json",
      ]).json()
      #expect(both["verified"] as? Bool == true)
      #expect(both[count: "images"] == 80)
      #expect(both[list: "versions"].first?[count: "bases"] == 1)

      let again = try registry.succeed("sign", "wolfdog", "--key", "anna.pem")
      #expect(again["new"] as? Bool == false)
      let second = try registry.succeed("sign", "wolfdog", "--key", "eve.pem")
      #expect(second["new"] as? Bool == true)
      #expect(try registry.succeed("statement", "wolfdog")[list: "signatures"].count == 2)
      for (key, code) in [("anna.pem.pub", "unreadable_key"), ("none.pem", "no_such_file")] {
        let result = try registry("sign", "wolfdog", "--key", key, "--json")
        #expect(try result.error()[text: "code"] == code)
      }
    }
  }

  @Test func `a child's signature names its base's statement`() throws {
    try withSignedRegistry { registry in
      try registry.succeed("derive", "--from", "wolfdog", "--head", "coyote")
      let child = try registry.succeed("sign", "coyote", "--key", "anna.pem")
      #expect(child[count: "bases"] == 2)
      let statement = try #require(try registry.succeed("statement", "coyote")[text: "statement"])
      let base = try #require(try registry.succeed("statement", "wolfdog")[text: "digest"])
      #expect(
        statement.contains(#""base":{"model":"wolfdog","statement":"\#(base)","version":1}"#))
      #expect(try problems(registry, "coyote") == [])
    }
  }

  /// What somebody changes in the catalogue, and what is said of it.
  @Test(arguments: [
    (
      #"UPDATE documents SET content = '["wolf","dog"]' WHERE content = '["dog","wolf"]'"#,
      "wolfdog@1 is not what was signed: the labels."
    ),
    (
      "UPDATE metric_points SET value = 0 WHERE step = 1",
      "wolfdog@1 is not what was signed: the metrics of the run "
    ),
    (
      "UPDATE run_parameters SET value = value || '0'",
      "wolfdog@1 is not what was signed: the parameters of the run "
    ),
    (
      "UPDATE runs SET seed = 8",
      "wolfdog@1 is not what was signed: the record of the run "
    ),
    (
      """
      UPDATE dataset_items SET split = 0 WHERE split = 2 AND dataset_id =
        (SELECT id FROM datasets WHERE name = 'wolfdog')
      """,
      "wolfdog@1 is not what was signed: the images, labels or splits of the dataset wolfdog@1."
    ),
    (
      """
      UPDATE tensor_group_members SET tensor_id = (SELECT min(tensor_id) FROM tensor_group_members)
        WHERE name_id = (SELECT id FROM tensor_names WHERE name = '_fc.bias')
      """,
      "wolfdog@1 is not what was signed: the tensor _fc.bias."
    ),
    (
      """
      UPDATE documents SET content = '{"file":"x"}' WHERE id =
        (SELECT source_id FROM model_versions WHERE id = 1)
      """,
      "efficientnet-lite0@1 is not what was signed: the record of the import."
    ),
    (
      "UPDATE models SET name = 'dogwolf' WHERE name = 'wolfdog'",
      "dogwolf@1 is not what was signed: the name."
    ),
    (
      "UPDATE statements SET content = replace(content, 'wolfdog', 'wolfd0g') WHERE version_id = 2",
      "The kept statement of wolfdog@1 no longer has its digest."
    ),
    (
      "UPDATE signatures SET signature = zeroblob(64)",
      "The signature of wolfdog@1 by the key "
    ),
    ("DELETE FROM signatures", "No model version is signed."),
  ])
  func `what was tampered with is named`(sql: String, problem: String) throws {
    try withSignedRegistry(isSoundAfterwards: false) { registry in
      try registry.tamper(sql)
      let problems = try problems(registry)
      #expect(problems.contains { $0.hasPrefix(problem) }, "\(problems)")
    }
  }

  @Test func `nobody signs on top of what differs from a former signature`() throws {
    try withSignedRegistry(isSoundAfterwards: false) { registry in
      try registry.succeed("derive", "--from", "wolfdog", "--head", "coyote")
      try registry.tamper("UPDATE metric_points SET value = 0 WHERE step = 1")
      try registry.fail(["sign", "coyote", "--key", "anna.pem"], "statement_differs", exitCode: 1)
    }
  }

  @Test func `a flipped bit of a tensor or an image is found`() throws {
    for isImage in [false, true] {
      try withSignedRegistry(isSoundAfterwards: false) { registry in
        let largest = try registry.objectsBySize()
        let file = isImage ? largest[1] : largest[0]
        var data = try Data(contentsOf: file)
        data[data.count / 2] ^= 1
        try FileManager.default.removeItem(at: file)
        try data.write(to: file)
        let problems = try problems(registry)
        // The second largest object may be an image of the other dataset, which nobody signed.
        if isImage {
          #expect(problems.allSatisfy { $0.hasPrefix("The image ") })
        } else {
          #expect(problems.contains { $0.hasPrefix("The bytes of the tensor ") }, "\(problems)")
          try registry.fail(
            ["sign", "wolfdog", "--key", "anna.pem"], "damaged_pack", exitCode: 1)
        }
      }
    }
  }

  // Another program -----------------------------------------------------------------------------

  private static let hasCryptography = Python.has("cryptography")

  /// Writes a statement anew from the catalogue and the bytes of the packs, and checks a signature.
  private static let checker = """
    import hashlib, json, pathlib, sqlite3, struct, sys
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    folder, answer, public = sys.argv[1:]
    answer = json.loads(pathlib.Path(answer).read_text())
    db = sqlite3.connect(folder + "/registry.sqlite")
    sha = lambda data: hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()
    length = lambda text: len(text.encode())
    byteorder = lambda pair: pair[0].encode()
    def document(row): return sha(db.execute("SELECT content FROM documents WHERE id=?", (row,)).fetchone()[0])
    def texts(pairs):
      return sha("".join(f"{length(k)} {k} {length(v)} {v}\\n" for k, v in sorted(pairs, key=byteorder)))
    def dataset(row):
      owner, name, version = db.execute("SELECT dataset_id, name, version FROM dataset_versions AS v "
        "JOIN datasets AS d ON d.id = v.dataset_id WHERE v.id=?", (row,)).fetchone()
      items = db.execute("SELECT i.digest, split, l.name FROM dataset_items JOIN images AS i ON i.id = image_id "
        "JOIN labels AS l ON l.id = label_id WHERE dataset_id=? AND first_version<=? "
        "AND coalesce(last_version, ?)>=?", (owner, version, version, version)).fetchall()
      text = "".join(f"{d.hex()} {['train', 'validation', 'test'][s]} {length(l)} {l}\\n" for d, s, l in sorted(items))
      return {"dataset": name, "version": version, "content": sha(text)}
    def datasets(table, column, row):
      return [dataset(r[0]) for r in db.execute(f"SELECT dataset_version_id FROM {table} "
        f"WHERE {column}=? ORDER BY position", (row,))]
    def run(row):
      identifier, kind, seed, program, begin, end, host = db.execute("SELECT identifier, kind, seed, program, "
        "started_at, ended_at, host_id FROM runs WHERE id=?", (row,)).fetchone()
      parameters = db.execute("SELECT name, value FROM run_parameters JOIN parameter_names AS n ON n.id = name_id "
        "WHERE run_id=?", (row,)).fetchall()
      host = json.loads(db.execute("SELECT content FROM documents WHERE id=?", (host,)).fetchone()[0])
      lines = []
      for key, step, time, value in db.execute("SELECT k.name, step, time, value FROM metric_series AS s "
          "JOIN metric_keys AS k ON k.id = key_id JOIN metric_points AS p ON p.series_id = s.id WHERE run_id=?", (row,)):
        bits = "7ff8000000000000" if value is None else struct.pack(">d", value).hex()
        lines.append((key.encode(), step, f"{length(key)} {key} {step} {time} {bits}\\n"))
      return {"id": identifier.hex(), "kind": kind, "seed": str(seed), "program": program, "started_at": begin,
        "ended_at": end, "datasets": datasets("run_datasets", "run_id", row), "parameters": texts(parameters),
        "host": texts(host.items()), "metrics": sha("".join(l[2] for l in sorted(lines)))}
    def tensor(row):
      kind, shape, count, offset, pack = db.execute("SELECT scalar_type, shape, t.byte_count, byte_offset, p.digest "
        "FROM tensors AS t JOIN tensor_locations AS l ON l.tensor_id = t.id JOIN packs AS p ON p.id = l.pack_id "
        "WHERE t.id=?", (row,)).fetchone()
      path = pathlib.Path(folder, "objects", pack.hex()[:2], pack.hex()[2:])
      data = path.read_bytes()[offset:offset + count]
      return sha(f"{kind} [{', '.join(map(str, json.loads(shape)))}]\\n".encode() + data)
    def statement(row):
      (name, version, origin, architecture, created, backbone, head, labels, preprocessing, plan, source, base,
        maker) = db.execute("SELECT name, version, origin, architecture, v.created_at, backbone_id, head_id, "
        "labels_id, preprocessing_id, freeze_plan_id, source_id, base_id, run_id FROM model_versions AS v "
        "JOIN models AS m ON m.id = model_id WHERE v.id=?", (row,)).fetchone()
      members = db.execute("SELECT n.name, tensor_id FROM model_version_groups AS g JOIN tensor_group_members AS m "
        "ON m.group_id = g.group_id JOIN tensor_names AS n ON n.id = name_id WHERE version_id=? "
        "ORDER BY g.position, m.position", (row,)).fetchall()
      value = {"format": "registry statement 1", "model": name, "version": version, "origin": origin,
        "architecture": architecture, "created_at": created, "backbone": document(backbone), "head": document(head),
        "labels": document(labels), "preprocessing": document(preprocessing), "freeze_plan": document(plan),
        "source": document(source), "datasets": datasets("model_version_datasets", "version_id", row),
        "tensors": [[n, tensor(t)] for n, t in members]}
      if maker is not None: value["run"] = run(maker)
      if base is not None:
        text = statement(base)
        other = json.loads(text)
        value["base"] = {"model": other["model"], "version": other["version"], "statement": sha(text)}
      return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    row = db.execute("SELECT v.id FROM model_versions AS v JOIN models AS m ON m.id = model_id "
      "WHERE name=? AND version=?", (answer["model"], answer["version"])).fetchone()[0]
    text = statement(row)
    assert text == answer["statement"], text
    assert sha(text) == answer["digest"]
    key = load_pem_public_key(pathlib.Path(public).read_bytes())
    key.verify(bytes.fromhex(answer["signatures"][0]["signature"]), text.encode())
    try: key.verify(bytes.fromhex(answer["signatures"][0]["signature"]), text.encode() + b" ")
    except Exception: print("checked")
    """

  @Test(
    .enabled(if: hasCryptography, "set REGISTRY_PYTHON to an interpreter with cryptography"))
  func `another program writes the same statement and checks the signature`() throws {
    try withSignedRegistry { registry in
      try registry.succeed("derive", "--from", "wolfdog", "--head", "coyote", "--train")
      try registry.succeed("sign", "coyote", "--key", "anna.pem")
      let result = try registry("statement", "coyote", "--json")
      let file = registry.folder.appending(path: "statement.json")
      try Data(result.standardOutput.utf8).write(to: file)
      let output = Python.run(
        Self.checker, registry.folder.appending(path: ".registry").path, file.path,
        registry.folder.appending(path: "anna.pem.pub").path)
      #expect(output == "checked\n")
    }
  }
}

extension RegistryProcess {
  /// Changes the catalogue behind the program's back.
  func tamper(_ sql: String) throws {
    try python(
      """
      import sqlite3
      db = sqlite3.connect(".registry/registry.sqlite")
      for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute("DROP TRIGGER " + name)
      # The blank parts a quotation mark at the end from those of Python.
      db.execute('''\(sql) ''')
      db.commit()
      """)
  }

  /// The files of the objects, the longest first.
  func objectsBySize() throws -> [URL] {
    let objects = folder.appending(path: ".registry/objects")
    return try objectNames.map { objects.appending(path: $0) }
      .filter { !$0.hasDirectoryPath }
      .map { ($0, try Data(contentsOf: $0).count) }.sorted { $0.1 > $1.1 }.map(\.0)
  }
}
