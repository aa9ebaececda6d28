// Tests captured functions on the CPU, with graphs that remember the body of
// the capture and run it again.
#include "training/cuda/captured_function.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>

#include "training/cuda/cuda_graph.h"

namespace robbench {
namespace {

using testing::HasSubstr;
using Tensors = CapturedFunction::Tensors;

at::Tensor Values(int64_t count, double value) {
  return at::full({count}, value, at::kDouble);
}

double First(const at::Tensor& tensor) { return tensor[0].item<double>(); }

// Behaves like a CUDA graph: the capture changes no state, and a replay writes
// to the outputs of the capture.
class FakeGraph : public DeviceGraph {
 public:
  FakeGraph(at::Tensor state, double error) : state_(state), error_(error) {}

  void Capture(const std::function<void()>& body) override {
    const at::Tensor before = state_.clone();
    body();
    state_.copy_(before);
    body_ = body;
  }
  void Replay() override {
    body_();
    state_.add_(error_);
  }

 private:
  at::Tensor state_;
  const double error_;
  std::function<void()> body_;
};

class CapturedFunctionTest : public testing::Test {
 protected:
  // output = 2 input + state; state += input.
  CapturedFunction Make(double error, double tolerance = 0) {
    return CapturedFunction("the sum",
                            [this](const Tensors& inputs) -> Tensors {
                              ++calls_;
                              const at::Tensor sum = inputs[0] * 2 + state_[0];
                              state_.add_(inputs[0][0]);
                              return {sum};
                            },
                            {.make_graph =
                                 [this, error] {
                                   return std::make_unique<FakeGraph>(state_,
                                                                      error);
                                 },
                             .tolerance = tolerance});
  }

  // Calls with 1, 2, 3, ...: state and outputs must be the plain function's.
  void CheckCalls(CapturedFunction& function, int count) {
    double sum = First(state_);
    for (int i = 1; i <= count; ++i) {
      const Tensors outputs = function.Call({Values(3, i)}, {state_});
      ASSERT_EQ(outputs.size(), 1);
      EXPECT_EQ(First(outputs[0]), 2 * i + sum) << "call " << i;
      sum += i;
      EXPECT_EQ(First(state_), sum) << "call " << i;
    }
  }

  at::Tensor state_ = Values(2, 10);
  int calls_ = 0;
};

TEST_F(CapturedFunctionTest, ReplaysFromTheThirdCall) {
  CapturedFunction function = Make(0);
  testing::internal::CaptureStderr();
  CheckCalls(function, 5);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(function.replays(), 3);
}

TEST_F(CapturedFunctionTest, AGraphThatDiffersIsNotUsed) {
  CapturedFunction function = Make(1e-3);
  testing::internal::CaptureStderr();
  CheckCalls(function, 4);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("the sum runs without a graph: its results differ by"));
  EXPECT_EQ(function.replays(), 0);
}

TEST_F(CapturedFunctionTest, ToleranceIsRelative) {
  CapturedFunction function = Make(1e-3, 1e-3);
  testing::internal::CaptureStderr();
  function.Call({Values(3, 1)}, {state_});
  function.Call({Values(3, 1)}, {state_});
  function.Call({Values(3, 1)}, {state_});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(function.replays(), 1);
}

TEST_F(CapturedFunctionTest, NotANumberIsADifference) {
  CapturedFunction function =
      Make(std::numeric_limits<double>::quiet_NaN(), 1e9);
  testing::internal::CaptureStderr();
  CheckCalls(function, 3);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("nan"));
  EXPECT_EQ(function.replays(), 0);
}

TEST_F(CapturedFunctionTest, EachShapeHasItsGraph) {
  CapturedFunction function = Make(0);
  for (int i = 0; i < 3; ++i) {
    function.Call({Values(3, 1)}, {state_});
    function.Call({Values(4, 1)}, {state_});
  }
  EXPECT_EQ(function.replays(), 2);
  EXPECT_EQ(function.Call({Values(4, 1)}, {state_})[0].size(0), 4);
  EXPECT_EQ(First(state_), 10 + 7);
}

TEST_F(CapturedFunctionTest, NewStateIsCapturedAnew) {
  CapturedFunction function = Make(0);
  CheckCalls(function, 4);
  state_ = Values(2, -5);
  CheckCalls(function, 4);
  EXPECT_EQ(function.replays(), 4);
}

TEST_F(CapturedFunctionTest, WithoutGraphsItIsTheFunction) {
  CapturedFunction function("the sum",
                            [this](const Tensors& inputs) -> Tensors {
                              ++calls_;
                              return {inputs[0] + 1};
                            },
                            {});
  for (int i = 0; i < 4; ++i) function.Call({Values(3, 1)}, {});
  EXPECT_EQ(calls_, 4);
  EXPECT_EQ(function.replays(), 0);
}

class BrokenGraph : public DeviceGraph {
 public:
  void Capture(const std::function<void()>& body) override {
    body();
    TORCH_CHECK(false, "operation not permitted when stream is capturing");
  }
  void Replay() override {}
};

TEST_F(CapturedFunctionTest, WhatCannotBeCapturedRunsAsItIs) {
  CapturedFunction function(
      "the sum",
      [this](const Tensors& inputs) -> Tensors {
        state_.add_(inputs[0][0]);
        return {state_ * 1};
      },
      {.make_graph = [] { return std::make_unique<BrokenGraph>(); }});
  testing::internal::CaptureStderr();
  for (int i = 1; i <= 4; ++i) {
    EXPECT_EQ(First(function.Call({Values(3, 1)}, {state_})[0]), 10 + i);
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("the sum runs without a graph: operation not permitted "
                        "when stream is capturing\n"));
}

}  // namespace
}  // namespace robbench
