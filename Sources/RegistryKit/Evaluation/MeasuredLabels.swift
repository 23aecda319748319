import Training

/// What a model's logits are worth, for labels of either kind.
struct MeasuredLabels {
  /// The share of images whose likeliest label is the right one, or all of whose labels are right.
  let accuracy: Double
  /// The mean cross-entropy in nats.
  let loss: Double
  /// How many images of each label were taken for each; `nil` where labels are independent.
  let confusionMatrix: [[Int]]?
  /// What each image was taken for, the output and its probability; `nil` where labels are independent.
  let answers: [(target: Int, output: Int, confidence: Double)]?
  let perClass: [EvaluationResult.ClassResult]
  /// All single figures, by the names of their metrics.
  let figures: [String: Double]

  /// Measures logits `[N, labels]`, row by row.
  init(logits: [Float], targets: LabelTargets, labels: [String]) {
    switch targets {
    case .exclusive(let outputs):
      let metrics = ClassificationMetrics(
        logits: logits, labels: outputs, labelCount: labels.count)
      (accuracy, loss) = (metrics.accuracy, metrics.loss)
      confusionMatrix = metrics.confusionMatrix
      answers = zip(outputs, metrics.answers).map { ($0, $1.output, $1.confidence) }
      perClass = zip(labels, metrics.perClass).map { label, figures in
        .init(
          label: label, precision: figures.precision, recall: figures.recall, f1: figures.f1,
          support: figures.support, averagePrecision: nil)
      }
      figures = [
        "accuracy": accuracy, "loss": loss,
        "expected_calibration_error": metrics.expectedCalibrationError,
      ]
    case .independent(let outputs):
      let metrics = MultiLabelMetrics(logits: logits, outputs: outputs, labelCount: labels.count)
      (accuracy, loss) = (metrics.subsetAccuracy, metrics.loss)
      (confusionMatrix, answers) = (nil, nil)
      perClass = zip(labels, metrics.perLabel).map { label, figures in
        .init(
          label: label, precision: figures.precision, recall: figures.recall, f1: figures.f1,
          support: figures.support, averagePrecision: figures.averagePrecision)
      }
      figures = [
        "accuracy": accuracy, "loss": loss,
        "mean_average_precision": metrics.meanAveragePrecision, "micro_f1": metrics.microF1,
        "macro_f1": metrics.macroF1,
        "expected_calibration_error": metrics.expectedCalibrationError,
      ]
    }
  }
}
