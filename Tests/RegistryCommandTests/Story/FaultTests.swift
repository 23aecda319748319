import Foundation
import TestSupport
import Testing

/// What disks and signals do to a registry at work.
@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct FaultTests {
  private static let command = RegistryProcess.executable?.path ?? ""

  @Test func `killed at any moment, an import leaves the registry as it was or done`() throws {
    try Story.withPreparedRegistry { registry in
      for milliseconds in [2, 10, 20, 40, 80, 160] {
        let process = try registry.start([
          "import-images", Story.photos.path, "--dataset", "killed-\(milliseconds)",
        ])
        usleep(UInt32(milliseconds) * 1000)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try registry.succeed("verify")
        let again = try registry.succeed(
          "import-images", Story.photos.path, "--dataset", "killed-\(milliseconds)")
        #expect((again["labels"] as? [String: Int])?.values.reduce(0, +) == 160)
      }
    }
  }

  @Test func `killed at any moment, a derivation leaves a whole child or none`() throws {
    try Story.withPreparedRegistry { registry in
      for (number, milliseconds) in [5, 30, 60, 100, 200, 400].enumerated() {
        let name = "child-\(number)"
        let process = try registry.start([
          "derive", "--from", "wolfdog", "--head", "coyote", "--name", name, "--train",
        ])
        usleep(UInt32(milliseconds) * 1000)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try registry.succeed("verify")
        let states = try registry.succeed("runs")[list: "runs"].map { $0[text: "state"] }
        #expect(!states.contains("running"))
        let models = try registry.succeed("models")[list: "models"]
        let count = models.count { $0[text: "model"] == name }
        if count == 0 {
          try registry.succeed(
            "derive", "--from", "wolfdog", "--head", "coyote", "--name", name, "--train")
        }
        #expect(try registry.succeed("evaluate", name)[count: "images"]! > 0)
      }
    }
  }

  @Test func `stopped by hand, training goes on later and ends with the same bits`() throws {
    let options = [
      "derive", "--from", "wolfdog", "--head", "coyote", "--train", "--optimizer", "adamw",
      "--epochs", "1500", "--patience", "1500", "--batch-size", "4", "--hidden", "32",
      "--dropout", "0.2",
    ]
    try Story.withPreparedRegistry { whole in
      let expected = try whole.run(options + ["--json"]).json()
      try Story.withPreparedRegistry { stopped in
        let process = try stopped.start(options)
        // Metrics in the catalogue say that the fit is under way.
        var run = ""
        for _ in 0..<400 where run.isEmpty {
          usleep(25_000)
          let newest = try stopped.run(["runs", "--json"]).json()[list: "runs"].first
          if newest?[text: "model"] == "coyote", newest?[object: "metrics"].isEmpty == false {
            run = newest?[text: "run"] ?? ""
          }
        }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(try stopped.succeed("runs", run)[text: "state"] == "interrupted")
        #expect(try stopped.succeed("models")[list: "models"].count == 2)
        try stopped.succeed("verify")

        let resumed = try stopped.succeed("train", "coyote", "--resume", run)
        #expect(resumed[text: "run"] == run)
        #expect(resumed[count: "version"] == 1)
        #expect(resumed[count: "epochs"] == expected[count: "epochs"])
        #expect(resumed["metrics"] as? [String: Double] == expected["metrics"] as? [String: Double])
        #expect(stopped.objectNames == whole.objectNames)
        #expect(try stopped.succeed("runs", run)[text: "state"] == "finished")
        let history = try stopped.succeed("metrics", run, "--key", "train_loss")
        let steps = history[object: "metrics"][list: "train_loss"].map { $0[count: "step"] }
        #expect(steps == Array(1...resumed[count: "epochs"]!))
        let again = try stopped("train", "coyote", "--resume", run, "--json")
        #expect(try again.error()[text: "code"] == "nothing_to_resume")
      }
    }
  }

  // Disks of our own ---------------------------------------------------------------------------

  /// How to run a script that may mount: as root, or as root of a namespace of its own.
  private static let namespace: [String]? = {
    for arguments in [["--mount"], ["--map-root-user", "--mount"]] {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/unshare")
      process.arguments = arguments + ["sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
      process.standardError = FileHandle.nullDevice
      do { try process.run() } catch { return nil }
      process.waitUntilExit()
      if process.terminationStatus == 0 { return arguments }
    }
    return nil
  }()

  static var canMount: Bool { namespace != nil }

  /// Runs a shell script in a mount namespace and gives its output.
  private func shell(_ script: String, in registry: RegistryProcess) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = (Self.namespace ?? []) + ["sh", "-c", script]
    process.currentDirectoryURL = registry.folder
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }

  /// How to run the binary as somebody who may not read everything; empty for who may not anyway.
  private static let unprivileged: [String]? = {
    if geteuid() != 0 { return [] }
    let arguments = [
      "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--",
    ]
    let process = Process()
    process.executableURL = URL(filePath: arguments[0])
    process.arguments = arguments.dropFirst() + [command, "--version"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? arguments : nil
  }()

  static var canLackRights: Bool { unprivileged != nil }

  @Test(
    .enabled(if: canMount && canLackRights, "There is no user here who may not read a file."))
  func `what may not be read is refused with its path`() throws {
    try Story.withPreparedRegistry { registry in
      let command = ((Self.unprivileged ?? []) + [Self.command]).joined(separator: " ")
      let output = try shell(
        """
        cp -r \(Story.photos.path)/wolfdog secret && touch secret.pth && chmod 000 secret secret.pth
        chmod -R a+rwX .registry
        \(command) import-images secret --dataset secret --json
        echo "~$?~"
        \(command) import-model secret.pth --name secret --json
        echo "~$?~"
        chmod 755 secret
        """, in: registry)
      let parts = output.split(separator: "~").map(String.init)
      try #require(parts.count >= 4, "\(output)")
      #expect(parts[1] == "74" && parts[3] == "74", "\(output)")
      #expect(parts[0].contains("\"not_readable\"") && parts[0].contains("secret"))
      #expect(parts[2].contains("\"not_readable\"") && parts[2].contains("secret.pth"))
    }
  }

  /// The rooms decide where the disk is full: at the first object, in the middle, in the catalogue.
  @Test(
    .enabled(if: canMount, "No disk can be mounted here."), arguments: [0, 16, 64, 256, 1024, 2200])
  func `on a full disk an import says so and changes nothing`(kilobytes: Int) throws {
    try Story.withPreparedRegistry { registry in
      let output = try shell(
        """
        mkdir disk && mount -t tmpfs -o size=64m tmpfs disk && cp -r .registry disk/ && cd disk
        cp -r \(Story.photos.path) new && for file in $(find new -type f); do echo >> $file; done
        \(Self.command) models > /dev/null
        head -c \(kilobytes)k /dev/zero > room
        cat /dev/zero > fill 2> /dev/null
        rm room
        \(Self.command) import-images new --dataset new --json
        echo "~$?~"
        rm fill
        \(Self.command) datasets --json
        echo "~$?~"
        \(Self.command) verify --json
        echo "~$?~"
        \(Self.command) import-images new --dataset new --json
        """, in: registry)
      let parts = output.split(separator: "~").map(String.init)
      try #require(parts.count == 7, "\(output)")
      #expect(parts[1] == "74", "\(parts[0])")
      #expect(parts[0].contains("\"no_space_left\""), "\(parts[0])")
      #expect(!parts[2].contains("\"new\""))
      #expect(parts[3] == "0" && parts[5] == "0", "\(parts[4])")
      #expect(parts[6].contains("\"added\": 160"), "\(parts[6])")
    }
  }

  @Test(
    .enabled(if: canMount, "No disk can be mounted here."), arguments: [0, 8, 24, 48, 96])
  func `on a full disk a derivation says so and changes nothing`(kilobytes: Int) throws {
    try Story.withPreparedRegistry { registry in
      let output = try shell(
        """
        mkdir disk && mount -t tmpfs -o size=64m tmpfs disk && cp -r .registry disk/ && cd disk
        head -c \(kilobytes)k /dev/zero > room
        cat /dev/zero > fill 2> /dev/null
        rm room
        \(Self.command) derive --from wolfdog --head coyote --train --json
        echo "~$?~"
        rm fill
        \(Self.command) models coyote --json
        echo "~$?~"
        \(Self.command) verify --json
        echo "~$?~"
        \(Self.command) derive --from wolfdog --head coyote --train --json
        """, in: registry)
      let parts = output.split(separator: "~").map(String.init)
      try #require(parts.count == 7, "\(output)")
      #expect(parts[1] == "74", "\(parts[0])")
      #expect(parts[0].contains("\"no_space_left\""), "\(parts[0])")
      #expect(parts[3] == "66" && parts[5] == "0", "\(parts[2]) \(parts[4])")
      #expect(parts[6].contains("\"version\": 1"), "\(parts[6])")
    }
  }

  @Test(.enabled(if: canMount, "No disk can be mounted here."))
  func `a folder that cannot be written is read, and refuses changes`() throws {
    try Story.withPreparedRegistry { registry in
      let output = try shell(
        """
        mount --bind .registry .registry && mount -o remount,bind,ro .registry
        \(Self.command) lineage wolfdog --json
        echo "~$?~"
        \(Self.command) derive --from wolfdog --head coyote --json
        echo "~$?~"
        \(Self.command) import-images \(Story.photos.path) --dataset more --json
        echo "~$?~"
        \(Self.command) predict wolfdog \(Story.photos.path)/wolfdog/dog/dog-001.png --json
        echo "~$?~"
        """, in: registry)
      let parts = output.split(separator: "~").map(String.init)
      try #require(parts.count >= 8, "\(output)")
      #expect(parts[1] == "0" && parts[7] == "0", "\(output)")
      #expect(parts[3] == "73" && parts[2].contains("\"not_writable\""), "\(output)")
      #expect(parts[5] == "73" && parts[4].contains("\"not_writable\""), "\(output)")
    }
  }
}
