import Learning
import Safetensors
import Tensors
import Testing

@testable import Forecasting

/// Small networks, as tests run without optimisation; the size that counts is measured by `make bench-learning`.
@Suite struct NetworkTests {
  private static let season = 24
  private static let load = Loads.wave(count: 10 * season, season: season, noise: 1)

  private func training(
    _ cell: NetworkShape.Cell,
    epochs: Int = 6,
    seed: UInt64 = 5
  ) -> NetworkTraining {
    let shape = NetworkShape(
      cell: cell,
      unitCount: 8,
      windowLength: 6,
      seasonLength: Self.season,
      horizon: 4
    )
    var plan = NetworkTraining.Plan()
    plan.epochLimit = epochs
    plan.batchSize = 32
    plan.learningRate = 0.02
    plan.seed = seed
    return NetworkTraining(shape, on: Self.load, plan: plan)
  }

  private func trained(_ training: NetworkTraining) -> NetworkTraining {
    var training = training
    let product = MatrixProduct.kernels(KernelBackend(threadCount: 1))
    while !training.isFinished { _ = training.runEpoch(product: product) }
    return training
  }

  @Test func `its leads double up to the horizon`() {
    let shape = NetworkShape(cell: .gru, seasonLength: 100, horizon: 12)
    #expect(shape.leads == [1, 2, 4, 8, 12])
    #expect(NetworkShape(cell: .gru, seasonLength: 100, horizon: 1).leads == [1])
  }

  @Test func `between two leads it interpolates, beyond the last it stays`() {
    let shape = NetworkShape(cell: .gru, seasonLength: 100, horizon: 4)
    let changes = [1, 2, 3, 4, 5, 6, 10, 11, 12.0]
    #expect(shape.interpolated(changes, after: 1) == [1, 2, 3])
    #expect(shape.interpolated(changes, after: 3) == [7, 8, 9])
    #expect(shape.interpolated(changes, after: 9) == [10, 11, 12])
  }

  @Test(arguments: NetworkShape.Cell.allCases)
  func `it learns a season better than the latest reading knows it`(cell: NetworkShape.Cell) {
    let network = trained(training(cell, epochs: 30)).best
    func error(_ forecaster: any SeriesForecaster) -> Double {
      let load = Loads.wave(count: 4 * Self.season, season: Self.season, noise: 1, seed: 77)
      return ForecastEvaluation(of: .init(forecaster, lead: 4), on: load, from: 30).absoluteError
    }
    let naive = error(ExponentialAverage(smoothing: 1))
    #expect(error(NetworkForecaster(network)) < naive / 4)
  }

  @Test(arguments: NetworkShape.Cell.allCases)
  func `the same seed gives the same bits, another seed others`(cell: NetworkShape.Cell) {
    let first = trained(training(cell)).network
    #expect(trained(training(cell)).network == first)
    #expect(trained(training(cell, seed: 6)).network != first)
  }

  @Test(arguments: 0..<6)
  func `training that is interrupted and taken up ends with the same bits`(epoch: Int) {
    let product = MatrixProduct<Float>.kernels(KernelBackend(threadCount: 1))
    var interrupted = training(.gru)
    for _ in 0..<epoch { _ = interrupted.runEpoch(product: product) }
    let file = interrupted.checkpoint(settings: "these")
    var resumed = training(.gru)
    let takesOthers = resumed.resume(from: file, settings: "others")
    let takesDamaged = resumed.resume(from: Array(file.dropLast()), settings: "these")
    #expect(!takesOthers && !takesDamaged && resumed.epochCount == 0)
    let takesIt = resumed.resume(from: file, settings: "these")
    #expect(takesIt)
    #expect(resumed.epochCount == epoch)
    let (one, other) = (trained(training(.gru)), trained(resumed))
    #expect(one.best == other.best && one.network == other.network)
  }

  @Test func `a load twice as large is forecast twice as large`() throws {
    let network = trained(training(.gru)).best
    func forecast(_ factor: Double) throws -> ForecastInterval {
      var forecaster = NetworkForecaster(network)
      for reading in Self.load { forecaster.observe(reading * factor) }
      return try #require(forecaster.forecast(after: 3))
    }
    let (one, two) = (try forecast(1), try forecast(2))
    #expect(abs(two.upper - 2 * one.upper) < 1e-3 * one.upper)
    #expect(abs(two.expected - 2 * one.expected) < 1e-3 * one.expected)
  }

  @Test func `until its window is full the latest reading stays`() {
    var forecaster = NetworkForecaster(training(.gru).network)
    #expect(forecaster.forecast(after: 1) == nil)
    for reading in [3, 4.0] { forecaster.observe(reading) }
    #expect(forecaster.forecast(after: 1) == ForecastInterval(4))
  }

  @Test func `an earlier network is where a new training begins`() {
    let earlier = trained(training(.gru, epochs: 30)).best
    let shape = earlier.shape
    var plan = NetworkTraining.Plan()
    plan.epochLimit = 1
    plan.learningRate = 1e-6
    let product = MatrixProduct<Float>.kernels(KernelBackend(threadCount: 1))
    var warm = NetworkTraining(shape, on: Self.load, plan: plan, from: earlier)
    var cold = NetworkTraining(shape, on: Self.load, plan: plan)
    let (first, second) = (warm.runEpoch(product: product), cold.runEpoch(product: product))
    #expect(first.validationLoss < second.validationLoss / 2)
  }
}
