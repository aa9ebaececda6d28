#include "training/cuda/captured_function.h"

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iostream>

#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

using Tensors = CapturedFunction::Tensors;

std::vector<int64_t> ShapesOf(const Tensors& tensors) {
  std::vector<int64_t> shapes;
  for (const at::Tensor& tensor : tensors) {
    shapes.push_back(tensor.dim());
    for (int64_t size : tensor.sizes()) shapes.push_back(size);
  }
  return shapes;
}

Tensors Cloned(const Tensors& tensors) {
  Tensors clones;
  for (const at::Tensor& tensor : tensors) clones.push_back(tensor.clone());
  return clones;
}

void CopyInto(const Tensors& from, const Tensors& to) {
  for (size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
}

Tensors Joined(Tensors first, const Tensors& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

bool AreSame(const Tensors& a, const Tensors& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(),
      [](const at::Tensor& x, const at::Tensor& y) { return x.is_same(y); });
}

}  // namespace

Tensors CapturedFunction::Call(const Tensors& inputs, const Tensors& state) {
  if (!options_.make_graph) return function_(inputs);
  Shape& shape = shapes_[ShapesOf(inputs)];
  if (shape.graph != nullptr && !AreSame(shape.state, state)) shape = Shape();
  if (shape.graph != nullptr) {
    CopyInto(inputs, shape.inputs);
    shape.graph->Replay();
    ++replays_;
    return shape.outputs;
  }
  if (shape.ran && !shape.refused) return Capture(inputs, state, shape);
  shape.ran = true;
  return function_(inputs);
}

Tensors CapturedFunction::Capture(const Tensors& inputs, const Tensors& state,
                                  Shape& shape) {
  const Tensors before = Cloned(state);
  const Tensors own = Cloned(function_(inputs));
  const Tensors after = Cloned(state);
  std::string problem;
  try {
    shape.graph = options_.make_graph();
    if (shape.graph == nullptr) {
      problem = "there are no graphs here";
    } else {
      shape.inputs = Cloned(inputs);
      shape.state = state;
      CopyInto(before, state);
      shape.graph->Capture([&] { shape.outputs = function_(shape.inputs); });
      shape.graph->Replay();
      const double difference =
          Difference(Joined(own, after), Joined(shape.outputs, state));
      if (!(difference <= options_.tolerance)) {
        problem =
            absl::StrCat("its results differ by ", difference,
                         " (relative), expected at most ", options_.tolerance);
      }
    }
  } catch (const c10::Error& error) {
    problem = error.what_without_backtrace();
    problem = problem.substr(0, problem.find('\n'));
  }
  if (problem.empty()) return shape.outputs;
  std::cerr << absl::StrCat(name_, " runs without a graph: ", problem, "\n");
  shape = Shape{.ran = true, .refused = true};
  CopyInto(after, state);
  return own;
}

double CapturedFunction::Difference(const Tensors& own,
                                    const Tensors& others) const {
  double largest = 0;
  for (size_t i = 0; i < own.size(); ++i) {
    if (own[i].equal(others[i])) continue;
    const at::Tensor exact = own[i].to(at::kDouble);
    const double distance =
        exact.sub(others[i].to(at::kDouble)).norm().item<double>();
    const double relative = distance / exact.norm().item<double>();
    if (std::isnan(relative)) return relative;
    largest = std::max(largest, relative);
  }
  return largest;
}

}  // namespace robbench
