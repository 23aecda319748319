import Catalog
import Images

/// Pictures that are hardly worth training on.
struct PictureDefects {
  /// From where on a picture is told of.
  var thresholds: CheckThresholds

  /// One thing that is wrong with one picture.
  struct Finding {
    var kind: CheckResult.Defect.Kind
    var position: Int
    var value: Double
    /// How bad it is: greater is worse, among findings of one kind.
    fileprivate var severity: Double
  }

  /// What is wrong with pictures, by kind in the order of their declaration, the worst first.
  ///
  /// Grey pictures are told of where they are the exception: when most of the pictures are not.
  func findings(_ records: [ImageRecord], _ statistics: [ImageStatistics]) -> [Finding] {
    let isGrey = statistics.map { Double($0.colorfulness) < thresholds.grey }
    let isColored = 2 * isGrey.count(where: \.self) < isGrey.count
    var findings: [Finding] = []
    for (position, (record, picture)) in zip(records, statistics).enumerated() {
      func add(
        _ kind: CheckResult.Defect.Kind, _ value: Double, below threshold: Double,
        unless condition: Bool = false
      ) {
        guard value < threshold, !condition else { return }
        findings.append(
          Finding(kind: kind, position: position, value: value, severity: -value))
      }
      func add(_ kind: CheckResult.Defect.Kind, _ value: Double, above threshold: Double) {
        guard value > threshold else { return }
        findings.append(Finding(kind: kind, position: position, value: value, severity: value))
      }
      let (short, long) = (
        min(record.width, record.height), max(record.width, record.height)
      )
      add(.tiny, Double(short), below: Double(thresholds.tiny))
      add(.blurred, Double(picture.sharpness), below: thresholds.blurred)
      add(.dark, Double(picture.highBrightness), below: thresholds.dark)
      add(.overexposed, Double(picture.quartileBrightness), above: thresholds.overexposed)
      add(.grey, Double(picture.colorfulness), below: thresholds.grey, unless: !isColored)
      add(.oddAspect, Double(long) / Double(max(short, 1)), above: thresholds.aspect)
    }
    return CheckResult.Defect.Kind.allCases.flatMap { kind in
      findings.filter { $0.kind == kind }.sorted {
        ($1.severity, $0.position) < ($0.severity, $1.position)
      }
    }
  }
}
