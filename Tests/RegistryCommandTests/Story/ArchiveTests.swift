import Foundation
import TestSupport
import Testing

/// Models that go from one registry to another in a file.
@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct ArchiveTests {
  private static let preparedFolder = FileManager.default.temporaryDirectory
    .appending(path: "registry-archive-\(ProcessInfo.processInfo.processIdentifier)")

  /// A registry that holds a chain of models, an alias, a tag and a signature, with an archive of it:
  /// made once, copied for each test.
  private static let prepared: Result<URL, any Error> = Result {
    let folder = preparedFolder
    try? FileManager.default.removeItem(at: folder)
    atexit { try? FileManager.default.removeItem(at: ArchiveTests.preparedFolder) }
    try Story.withPreparedRegistry { source in
      try source.succeed("derive", "--from", "wolfdog", "--head", "coyote", "--train")
      try source.succeed("evaluate", "wolfdog")
      try source.succeed("alias", "wolfdog@1", "production")
      try source.succeed("tag", "wolfdog@1", "stage=trial", "--note", "made for a test")
      try source.succeed("keygen", "--output", "anna.pem")
      try source.succeed("sign", "coyote", "--key", "anna.pem")
      try source.succeed(
        "export", "coyote", "--format", "archive", "--output", "canines.tar")
      try FileManager.default.copyItem(at: source.folder, to: folder)
    }
    return folder
  }

  /// Runs `body` with that registry, its archive and an empty registry, which must be sound at the
  /// end.
  private func withArchive(
    _ body: (_ source: RegistryProcess, _ target: RegistryProcess, _ archive: URL) throws -> Void
  ) throws {
    let prepared = try Self.prepared.get()
    try withTemporaryFolder { folder in
      let source = RegistryProcess(folder: folder.appending(path: "source"))
      try FileManager.default.copyItem(at: prepared, to: source.folder)
      try withRegistryProcess { target in
        try target.succeed("init")
        try body(source, target, source.folder.appending(path: "canines.tar"))
        try target.succeed("verify")
      }
    }
  }

  @Test func `everything that a model comes from comes with it, under the same names`() throws {
    try withArchive { source, target, archive in
      let read = try target.succeed("import-archive", archive.path)
      #expect(
        read[list: "models"].map { "\($0[text: "model"]!)@\($0[count: "version"]!)" }
          == ["efficientnet-lite0@1", "wolfdog@1", "coyote@1"])
      #expect(read[object: "images"][count: "added"] == 160)
      #expect(read[object: "runs"][count: "added"] == 3)
      for arguments in [
        ["datasets", "wolfdog", "--json"], ["datasets", "coyote", "--json"],
        ["lineage", "coyote", "--json"], ["metrics", "coyote", "--json"],
        ["statement", "coyote", "--json"], ["models", "coyote", "--json"],
        ["runs", "--json"],
      ] {
        let (here, there) = (try source.run(arguments), try target.run(arguments))
        #expect(there.exitCode == 0, "\(arguments): \(there.standardOutput)")
        // How much a version added and in what order runs came is each registry's own.
        if arguments[0] == "runs" {
          let ids = [here, there].map { result in
            (try? result.json()[list: "runs"].compactMap { $0[text: "run"] }.sorted()) ?? []
          }
          #expect(ids[0] == ids[1] && ids[0].count == 3)
        } else {
          #expect(here.standardOutput == there.standardOutput, "\(arguments)")
        }
      }
      let model = try target.succeed("models", "wolfdog")
      #expect(model["tags"] as? [String: String] == ["stage": "trial"])
      #expect(model[text: "note"] == "made for a test")
      let alias = try target.succeed("models", "wolfdog@production")
      #expect(alias[count: "version"] == 1)
      try target.succeed("verify", "coyote", "--frozen")
      let signed = try target.run([
        "verify", "coyote", "--signatures", "--trusted-key",
        source.folder.appending(path: "anna.pem.pub").path,
      ])
      #expect(signed.exitCode == 0, "\(signed.standardOutput)")
      let photo = Story.photos.appending(path: "wolfdog/dog/dog-001.png").path
      #expect(
        try source("predict", "coyote", photo, "--json").standardOutput
          == target("predict", "coyote", photo, "--json").standardOutput)
      #expect(try target.succeed("evaluate", "coyote")[count: "images"]! > 0)
      try target.succeed("derive", "--from", "coyote", "--head", "wolfdog", "--new-version")
    }
  }

  @Test func `reading twice changes nothing, and more of the same is added`() throws {
    try withArchive { source, target, archive in
      try target.succeed("import-archive", archive.path)
      let before = try target.contents()
      let again = try target.succeed("import-archive", archive.path)
      #expect(again[count: "bytes_added"] == 0)
      #expect(again[list: "models"].allSatisfy { $0["added"] as? Bool == false })
      for key in ["dataset_versions", "runs", "images", "aliases", "signatures"] {
        #expect(again[object: key][count: "added"] == 0, "\(key)")
      }
      #expect(try target.contents() == before)

      try source.succeed("train", "coyote", "--epochs", "2")
      try source.succeed("export", "coyote", "--format", "archive", "--output", "more.tar")
      let more = try target.succeed(
        "import-archive", source.folder.appending(path: "more.tar").path)
      #expect(more[list: "models"].count { $0["added"] as? Bool == true } == 1)
      #expect(more[object: "runs"][count: "added"] == 1)
      #expect(more[object: "images"][count: "added"] == 0)
      // The archive of the copy is that of the original, byte for byte.
      try target.succeed("export", "coyote", "--format", "archive", "--output", "copy.tar")
      #expect(
        try Data(contentsOf: source.folder.appending(path: "more.tar"))
          == Data(contentsOf: target.folder.appending(path: "copy.tar")))
    }
  }

  @Test func `a name that means something else is refused, and can be changed`() throws {
    try withArchive { _, target, archive in
      try target.succeed(
        "import-images", Story.photos.appending(path: "coyote").path, "--dataset", "wolfdog")
      let error = try target.fail(
        ["import-archive", archive.path], "archive_conflict", exitCode: 73)
      #expect(error[text: "remedy"]?.contains("--rename wolfdog=NEW") == true)
      for arguments in [["--rename", "wolf=x"], ["--rename", "wolfdog=coyote"]] {
        try target.fail(
          ["import-archive", archive.path] + arguments, "unknown_archive_name", exitCode: 64)
      }
      let read = try target.succeed("import-archive", archive.path, "--rename", "wolfdog=anna")
      #expect(read[list: "models"].contains { $0[text: "model"] == "anna" })
      #expect(read[count: "signatures_left_out"] == 1)
      #expect(try target.succeed("datasets", "anna")[count: "images"] == 80)
      try target.succeed("verify", "coyote", "--frozen")
    }
  }

  @Test func `an alias that is set stays where it is`() throws {
    try withArchive { source, target, archive in
      try target.succeed("import-archive", archive.path)
      try target.succeed("train", "wolfdog", "--epochs", "1")
      try target.succeed("alias", "wolfdog@2", "production")
      let again = try target.succeed("import-archive", archive.path)
      #expect(again[object: "aliases"][count: "present"] == 1)
      #expect(try target.succeed("models", "wolfdog@production")[count: "version"] == 2)
    }
  }

  @Test func `a recall comes with its version, and what was decided here stays`() throws {
    try withArchive { source, target, archive in
      // A child that only the other registry has, from before the recall.
      try target.succeed("import-archive", archive.path)
      try target.succeed("derive", "--from", "coyote", "--head", "wolfdog", "--name", "own")
      try source.succeed("recall", "efficientnet-lite0", "--reason", "wrong labels")
      try source.succeed("recall", "efficientnet-lite0", "--undo", "--reason", "they are right")
      try source.succeed("recall", "wolfdog@1", "--reason", "test images in training")
      try source.succeed("export", "coyote", "--format", "archive", "--output", "recalled.tar")
      let recalled = source.folder.appending(path: "recalled.tar").path

      let read = try target.succeed("import-archive", recalled)
      #expect(read[object: "recalls"][count: "added"] == 2)
      let histories = try [source, target].map {
        try $0.run(["recall", "--history", "--json"]).standardOutput
      }
      #expect(histories[0] == histories[1])
      for model in ["wolfdog", "coyote", "own"] {
        let covering = try target.succeed("models", model)[list: "recalled"]
        #expect(covering.map { $0[text: "reason"] } == ["test images in training"], "\(model)")
      }
      #expect(try target.succeed("models", "efficientnet-lite0")[list: "recalled"].isEmpty)
      try target.fail(
        ["derive", "--from", "own", "--head", "wolfdog", "--name", "more"], "recalled_model",
        exitCode: 73)

      let before = try target.contents()
      let again = try target.succeed("import-archive", recalled)
      #expect(again[object: "recalls"][count: "added"] == 0)
      #expect(again[object: "recalls"][count: "present"] == 2)
      #expect(try target.contents() == before)
      try target.succeed("export", "coyote", "--format", "archive", "--output", "copy.tar")
      #expect(
        try Data(contentsOf: URL(filePath: recalled))
          == Data(contentsOf: target.folder.appending(path: "copy.tar")))

      // Undone here, it stays undone; recalled here, it stays recalled.
      try target.succeed("recall", "wolfdog@1", "--undo")
      try target.succeed("import-archive", recalled)
      #expect(try target.succeed("models", "own")[list: "recalled"].isEmpty)
      try target.succeed("recall", "wolfdog@1", "--reason", "another reason")
      try target.succeed("import-archive", recalled)
      #expect(
        try target.succeed("models", "own")[list: "recalled"].map { $0[text: "reason"] }
          == ["another reason"])

      // Into an empty registry the whole of it comes at once.
      try withRegistryProcess { empty in
        try empty.succeed("init")
        try empty.succeed("import-archive", recalled, "--rename", "wolfdog=hound")
        #expect(try empty.succeed("models", "hound")[list: "recalled"].count == 1)
        #expect(try empty.succeed("models", "coyote")[list: "recalled"].count == 1)
        try empty.succeed("verify")
      }
    }
  }

  @Test func `an archive with any other bit is refused and changes nothing`() throws {
    try withArchive { source, target, archive in
      let whole = try Data(contentsOf: archive)
      let file = target.folder.appending(path: "bad.tar")
      var generator = SeededGenerator(seed: 7)
      let records = try #require(whole.range(of: Data("records.jsonl".utf8))).lowerBound
      // Everywhere: headers, manifest, records, padding, tensors, images, end.
      var places = (0..<12).map { _ in Int.random(in: 0..<whole.count, using: &generator) }
      places += [0, 100, 130, 156, 345, 600, records + 520, whole.count - 1, whole.count - 1030]
      for place in places {
        var changed = whole
        changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        try changed.write(to: file)
        try target.fail(["import-archive", "bad.tar"], "damaged_archive", exitCode: 65)
      }
      for length in [0, 10, 511, 512, 5000, whole.count / 2, whole.count - 512, whole.count - 1] {
        try whole.prefix(length).write(to: file)
        try target.fail(["import-archive", "bad.tar"], "damaged_archive", exitCode: 65)
      }
      try (whole + Data([0])).write(to: file)
      try target.fail(["import-archive", "bad.tar"], "damaged_archive", exitCode: 65)
      try target.fail(["import-archive", "none.tar"], "no_such_file", exitCode: 66)
      try target.fail(["import-archive", "."], "not_a_file", exitCode: 65)
      #expect(target.objectNames.isEmpty)
      try target.succeed("import-archive", archive.path)
    }
  }

  /// What somebody does to an archive who can compute digests.
  @Test(arguments: [
    // A path out of the folder, a link, another order, a file twice.
    "entries[-1] = ('images/../../evil', entries[-1][1])",
    "entries[3], entries[4] = entries[4], entries[3]",
    "entries.append(entries[-1])",
    "entries.pop()",
    // Records that promise what is not so.
    "edit('image', lambda r: r.update(width=1 << 40))",
    "edit('image', lambda r: r.update(byte_count=r['byte_count'] + 1))",
    "edit('image', lambda r: r.update(orientation=99))",
    "edit('dataset_version', lambda r: r.update(added=1 << 60))",
    "edit('dataset_version', lambda r: r.update(images=3))",
    "edit('dataset_version', lambda r: r.update(version=2))",
    "edit('dataset_version', lambda r: r.update(dataset='../x'))",
    "edit('added', lambda r: r.update(split='all'))",
    "edit('added', lambda r: r.update(image='00' * 32))",
    "edit('added', lambda r: r.update(labels=['a\\x00b']))",
    "edit('added', lambda r: r.update(labels=[]))",
    "edit('added', lambda r: r.update(labels=['b', 'a']))",
    "edit('pack', lambda r: r['tensors'][0].update(shape=[1 << 40, 1 << 40]))",
    "edit('pack', lambda r: r['tensors'][0].update(shape=[-1]))",
    "edit('pack', lambda r: r['tensors'][0].update(digest='00' * 32))",
    "edit('pack', lambda r: r['tensors'][0].update(name=r['tensors'][1]['name']))",
    "edit('group', lambda r: r['tensors'].pop())",
    "edit('document', lambda r: r.update(content='[]'))",
    "edit('run', lambda r: r.update(points=1 << 60))",
    "edit('run', lambda r: r.update(state='running'))",
    "edit('run', lambda r: r.update(id='zz'))",
    "edit('points', lambda r: r['points'][0].__setitem__(2, '1'))",
    "edit('model_version', lambda r: r.update(model='-rf'))",
    "edit('model_version', lambda r: r.update(version=0))",
    "edit('model_version', lambda r: r.update(parameters=1))",
    "edit('model_version', lambda r: r.update(base={'name': 'none', 'version': 1}))",
    "edit('model_version', lambda r: r.update(run='00' * 16))",
    "edit('alias', lambda r: r.update(name='7'))",
    "edit('alias', lambda r: r.update(changes=[]))",
    "edit('annotation', lambda r: r.update(name='none'))",
    "edit('annotation', lambda r: r.update(tags={'a b': 'c'}))",
    "edit('signature', lambda r: r.update(signature='00' * 64))",
    "edit('signature', lambda r: r.update(statement='00' * 32))",
    "recall(model='none')",
    "recall(version=2)",
    "recall(reason='')",
    "recall(reason='a\\x00b')",
    "recall(undone_at=1)",
    "recall(undo_reason='for no end')",
    "recall(); recall(reason='again')",
    "recall(undone_at=9); recall(undone_at=9)",
    // An image that a version holds already, a removal of one that it has not.
    """
    version = first('dataset_version')
    version.update(version=2, images=version['images'] + 1, removed=0, added=1)
    lines += [write({'dataset_version': version}), write({'added': first('added')})]
    """,
    """
    version = first('dataset_version')
    version.update(version=2, images=version['images'] - 2, removed=2, added=0)
    lines += [write({'dataset_version': version})] + 2 * [write({'removed': {'image': first('added')['image']}})]
    """,
    "lines.append('{\"other\": {}}')",
    "lines.append('[' * 100000)",
    "lines.reverse()",
    "lines.append(lines[0])",
    "manifest['format'] = 'registry archive 2'",
    "manifest['records']['bytes'] = 1 << 62",
  ])
  func `an archive that was put together otherwise is refused`(change: String) throws {
    try withArchive { source, target, archive in
      try FileManager.default.copyItem(
        at: archive, to: target.folder.appending(path: "good.tar"))
      try target.python(
        """
        import hashlib, io, json, tarfile
        sha = lambda data: hashlib.sha256(data).hexdigest()
        with tarfile.open("good.tar") as tar:
          entries = [(m.name, tar.extractfile(m).read()) for m in tar.getmembers()]
        def packed(entries):
          parts = []
          for name, data in entries:
            header = bytearray(512)
            for offset, field in [(0, name), (100, "0000644"), (108, "0000000"), (116, "0000000"),
                (124, f"{len(data):011o}"), (136, "0" * 11), (148, " " * 8), (156, "0"), (257, "ustar\\0" "00"),
                (329, "0000000"), (337, "0000000")]:
              header[offset:offset + len(field)] = field.encode()
            header[148:156] = f"{sum(header):06o}\\0 ".encode()
            parts += [bytes(header), data, bytes(-len(data) % 512)]
          return b"".join(parts + [bytes(1024)])
        assert packed(entries) == open("good.tar", "rb").read()
        manifest, lines = json.loads(entries[0][1]), entries[2][1].decode().splitlines()
        write = lambda value: json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        def edit(kind, change):
          for number, line in enumerate(lines):
            record = json.loads(line)
            if kind in record:
              change(record[kind])
              lines[number] = write(record)
              return
          raise SystemExit("there is no such record")
        def first(kind): return next(r[kind] for r in map(json.loads, lines) if kind in r)
        def recall(**changes):
          lines.append(write({"recall": {"model": "wolfdog", "version": 1, "reason": "leak",
            "recalled_at": 5, **changes}}))
        \(change)
        records = ("\\n".join(lines) + "\\n").encode()
        manifest["records"] = {"bytes": manifest["records"]["bytes"] if manifest["records"]["bytes"] > 1 << 60
          else len(records), "digest": sha(records)}
        text = (write(manifest) + "\\n").encode()
        entries[:3] = [("manifest.json", text), ("manifest.json.sha256",
          (sha(text) + "  manifest.json\\n").encode()), ("records.jsonl", records)]
        open("bad.tar", "wb").write(packed(entries))
        """)
      try target.fail(["import-archive", "bad.tar"], "damaged_archive", exitCode: 65)
      #expect(target.objectNames.isEmpty)
    }
  }

  @Test func `tar lists the files, and their names are their digests`() throws {
    try withArchive { source, target, archive in
      try target.succeed("import-archive", archive.path)
      try source.python(
        """
        import hashlib, json, os, subprocess
        names = subprocess.run(["tar", "tf", "canines.tar"], check=True, capture_output=True, text=True).stdout.split()
        assert names[:3] == ["manifest.json", "manifest.json.sha256", "records.jsonl"], names[:3]
        os.mkdir("out")
        subprocess.run(["tar", "xf", "canines.tar", "-C", "out"], check=True)
        subprocess.run(["sha256sum", "-c", "--quiet", "manifest.json.sha256"], cwd="out", check=True)
        digest = lambda path: hashlib.sha256(open(path, "rb").read()).hexdigest()
        manifest = json.load(open("out/manifest.json"))
        assert digest("out/records.jsonl") == manifest["records"]["digest"]
        images = [n for n in names if n.startswith("images/")]
        assert len(images) == 160
        for name in images: assert digest("out/" + name) == name[7:].replace("/", "")
        """)
    }
  }

  @Test func `killed at any moment, an import can be repeated`() throws {
    try withArchive { source, target, archive in
      for milliseconds in [5, 20, 50, 100, 200, 400] {
        let process = try target.start(["import-archive", archive.path])
        usleep(UInt32(milliseconds) * 1000)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try target.succeed("verify")
      }
      let read = try target.succeed("import-archive", archive.path)
      #expect(read[list: "models"].count == 3)
      #expect(try target.succeed("models", "coyote")[count: "version"] == 1)
    }
  }
}
