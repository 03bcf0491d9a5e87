import ArgumentParser
import Inference
import OrderedJSON
import Tensors
import Transformer

/// Prints what a model is made of and whether it fits this machine, without loading it.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show a model's modules, their cost, and whether it fits this machine."
  )

  @Argument(help: "A Hugging Face model folder; the model that ships if left out.")
  var model: String?

  @OptionGroup(title: "Engine") var engine: EngineOptions

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func run() throws {
    let folder = try ModelFolder(path: try ModelLocator.current.locate(model))
    let inspection = ModelInspection(folder.configuration, format: engine.weights.format)
    let fit = Result { try ServingPlan(folder, engine, MachineLimits.current()) }
    let report = InspectionReport(folder: folder, inspection: inspection, fit: fit)
    print(json ? JSON.object(report.json).text : report.table)
  }
}

/// A model's inspection as text and as JSON.
struct InspectionReport {
  let folder: ModelFolder
  let inspection: ModelInspection
  let fit: Result<ServingPlan, any Error>

  var json: JSON.Object {
    let modules = inspection.rows.map { row -> JSON in
      [
        "id": .string("\(row.id)"),
        "parameters": .integer(row.parameterCount),
        "bytes": .integer(row.byteCount),
        "operations_per_token": .integer(row.operationsPerToken),
        "kv_bytes_per_token": .integer(row.cacheBytesPerToken),
      ]
    }
    return [
      "model": .string(folder.path),
      "family": .string(folder.configuration.family),
      "weights": .string(inspection.format.rawValue),
      "parameters": .integer(inspection.parameterCount),
      "active_parameters": .integer(inspection.activeParameterCount),
      "bytes": .integer(inspection.byteCount),
      "operations_per_token": .integer(inspection.operationsPerToken),
      "kv_bytes_per_token": .integer(inspection.cacheBytesPerToken),
      "fits": .bool(refusal == nil),
      "refusal": refusal.map(JSON.string) ?? .null,
      "modules": .array(modules),
    ]
  }

  var table: String {
    let header = ["module", "parameters", "memory", "operations/token", "KV bytes/token"]
    let rows = inspection.rows.map { row in
      [
        "\(row.id)", "\(row.parameterCount)", "\(ByteSize(bytes: row.byteCount))",
        "\(row.operationsPerToken)", "\(row.cacheBytesPerToken)",
      ]
    }
    let total = [
      "total", "\(inspection.parameterCount)", "\(ByteSize(bytes: inspection.byteCount))",
      "\(inspection.operationsPerToken)", "\(inspection.cacheBytesPerToken)",
    ]
    return """
      \(TextTable(header: header, rows: rows + [total]).text)

      \(folder.configuration.family), weights in \(inspection.format.rawValue), \
      \(inspection.activeParameterCount) parameters active per token
      \(verdict)
      """
  }

  private var verdict: String {
    switch fit {
    case .success(let plan): "It fits this machine.\n  \(plan.threads)\n  \(plan.memory)"
    case .failure(let error): "It does not fit this machine: \(error)"
    }
  }

  private var refusal: String? {
    if case .failure(let error) = fit { "\(error)" } else { nil }
  }
}

/// Columns of text: the first flush left, the others flush right.
struct TextTable {
  let header: [String]
  let rows: [[String]]

  var text: String {
    let lines = [header] + rows
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      line.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - line[column].count)
        return column == 0 ? line[column] + padding : padding + line[column]
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
