#include "ntk/gradients/gradient_kernel.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/status_macros.h"
#include "nas/network/backend.h"
#include "nas/network/backend_choice.h"
#include "nas/network/make_backend.h"
#include "nas/network/normalizer.h"
#include "ntk/gradients/gradient_rows.h"
#include "ntk/gradients/sample_gradients.h"

namespace robbench {
namespace {

// Products of rows are formed in blocks: of columns, so that their float64
// copies stay in the cache, and of rows, to leave out most of a symmetric
// kernel's upper half.
constexpr int64_t kBlockColumns = 2048;
constexpr int64_t kBlockRows = 16;

constexpr double kKernelTolerance = 1e-3;

class KernelSum {
 public:
  KernelSum(const NetworkPlan& plan, const std::vector<ImageSet>& sets,
            const std::vector<KernelPair>& pairs)
      : plan_(plan), sets_(sets), pairs_(pairs) {
    const at::Tensor& images = sets[0].images;
    for (size_t k = 0; k < pairs.size(); ++k) {
      kernels_.push_back(at::zeros({images.size(0), images.size(0)},
                                   images.options().dtype(at::kDouble)));
    }
  }

  // Adds <a_i, b_j> to a pair's kernel, where a and b are rows of its first and
  // second set.
  void Add(size_t pair, const at::Tensor& a, const at::Tensor& b) {
    const bool is_symmetric = pairs_[pair].first == pairs_[pair].second;
    at::Tensor& kernel = kernels_[pair];
    const int64_t images = a.size(0);
    for (int64_t first = 0; first < a.size(1); first += kBlockColumns) {
      const int64_t columns = std::min(kBlockColumns, a.size(1) - first);
      const at::Tensor left = a.narrow(1, first, columns).to(at::kDouble);
      if (!is_symmetric) {
        kernel.addmm_(left, b.narrow(1, first, columns).to(at::kDouble).t());
        continue;
      }
      for (int64_t row = 0; row < images; row += kBlockRows) {
        const int64_t end = std::min(row + kBlockRows, images);
        at::Tensor part = kernel.narrow(0, row, end - row).narrow(1, 0, end);
        part.addmm_(left.narrow(0, row, end - row), left.narrow(0, 0, end).t());
      }
    }
  }

  // Whether the kernel is finite: a gradient that is not makes its row of the
  // kernel not finite either.
  bool IsFinite(size_t pair) const {
    return kernels_[pair].isfinite().all().item<bool>();
  }

  // Refuses `rows` [N, numbers], the gradients of one parameter, if one of them
  // is not finite.
  absl::Status CheckFinite(int set, int parameter,
                           const at::Tensor& rows) const {
    // The sum is enough: infinities of both signs give NaN and do not cancel.
    const at::Tensor finite = rows.sum(1, false, at::kDouble).isfinite();
    if (finite.all().item<bool>()) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        "gradient of ", plan_.parameters[parameter].name,
        ": expected finite numbers, found NaN or infinity at image ",
        finite.to(at::kInt).argmin().item<int64_t>(), " of set ",
        sets_[set].name));
  }

  std::vector<at::Tensor> Finish() {
    for (size_t k = 0; k < pairs_.size(); ++k) {
      if (pairs_[k].first == pairs_[k].second) {
        kernels_[k] = kernels_[k].tril() + kernels_[k].tril(-1).t();
      }
      kernels_[k] = kernels_[k].cpu();
    }
    return std::move(kernels_);
  }

 private:
  const NetworkPlan& plan_;
  const std::vector<ImageSet>& sets_;
  const std::vector<KernelPair>& pairs_;
  std::vector<at::Tensor> kernels_;
};

// Adds to the kernels set by set. The rows of a set are freed once no pair
// needs them any more.
absl::Status AddByRows(const GradientRows& source, int64_t scalars,
                       const std::vector<ImageSet>& sets,
                       const std::vector<KernelPair>& pairs, KernelSum& sum) {
  const int num_sets = static_cast<int>(sets.size());
  const auto latest = [](const KernelPair& pair) {
    return std::max(pair.first, pair.second);
  };
  std::vector<int> last_use(num_sets, 0);
  for (const KernelPair& pair : pairs) {
    for (const int set : {pair.first, pair.second}) {
      last_use[set] = std::max(last_use[set], latest(pair));
    }
  }
  for (int64_t scalar = 0; scalar < scalars; ++scalar) {
    std::vector<at::Tensor> rows(num_sets);
    for (int set = 0; set < num_sets; ++set) {
      rows[set] = source.rows(sets[set].images, scalar);
      for (size_t k = 0; k < pairs.size(); ++k) {
        if (latest(pairs[k]) != set) continue;
        sum.Add(k, rows[pairs[k].first], rows[pairs[k].second]);
        if (sum.IsFinite(k)) continue;
        for (const int which : {pairs[k].first, pairs[k].second}) {
          // The last layer's gradients are looked at first, because those of
          // the other layers are computed from them.
          for (auto p = source.pieces.rbegin(); p != source.pieces.rend();
               ++p) {
            ROBBENCH_RETURN_IF_ERROR(
                sum.CheckFinite(which, p->parameter,
                                rows[which].narrow(1, p->first, p->floats)));
          }
        }
      }
      for (int s = 0; s <= set; ++s) {
        if (last_use[s] <= set) rows[s].reset();
      }
    }
  }
  return absl::OkStatus();
}

// Adds to the kernels parameter by parameter, of all sets together.
absl::Status AddByParameters(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const std::vector<at::Tensor>& state, const std::vector<ImageSet>& sets,
    const at::Tensor& labels, const std::vector<KernelPair>& pairs,
    const GradientKernelOptions& options, KernelSum& sum) {
  std::vector<at::Tensor> images;
  for (const ImageSet& set : sets) images.push_back(set.images);
  const at::Tensor batch = at::cat(images);
  const int64_t num_sets = static_cast<int64_t>(sets.size());
  const int64_t count = labels.size(0);
  const at::Tensor all_labels = labels.repeat({num_sets});
  absl::Status status;
  const auto add = [&](int parameter, const at::Tensor& gradients) {
    if (options.weights_only && IsBias(plan.parameters[parameter].kind)) return;
    const auto of_set = [&](int set) {
      return gradients.narrow(0, set * count, count);
    };
    for (int set = 0; set < num_sets; ++set) {
      status.Update(sum.CheckFinite(set, parameter, of_set(set)));
    }
    for (size_t k = 0; k < pairs.size(); ++k) {
      sum.Add(k, of_set(pairs[k].first), of_set(pairs[k].second));
    }
  };
  const int64_t scalars = ScalarCount(options.scalar, plan.size.classes);
  for (int64_t scalar = 0; scalar < scalars; ++scalar) {
    VisitSampleGradients(
        plan, normalizer, state, batch,
        [&](const at::Tensor& logits) {
          return LogitGradients(options.scalar, scalar, logits, all_labels);
        },
        add);
  }
  return status;
}

}  // namespace

absl::Status CompareKernels(const std::vector<ImageSet>& sets,
                            const std::vector<KernelPair>& pairs,
                            const std::vector<at::Tensor>& found,
                            const std::vector<at::Tensor>& expected) {
  for (size_t k = 0; k < pairs.size(); ++k) {
    const double difference = (found[k] - expected[k]).norm().item<double>();
    const double size = expected[k].norm().item<double>();
    if (difference <= kKernelTolerance * size) continue;
    return absl::InternalError(absl::StrCat(
        "--backend=check: kernel of ", sets[pairs[k].first].name, " and ",
        sets[pairs[k].second].name, ": expected that of LibTorch within ",
        kKernelTolerance, " of its norm, found ", difference / size));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<at::Tensor>> GradientKernels(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const std::vector<at::Tensor>& state, const std::vector<ImageSet>& sets,
    const at::Tensor& labels, const std::vector<KernelPair>& pairs,
    const GradientKernelOptions& options) {
  at::NoGradGuard no_graph;
  KernelSum sum(plan, sets, pairs);
  const std::shared_ptr<const Backend> backend = MakeBackend(options.backend);
  std::optional<GradientRows> rows;
  if (options.batch_statistics) {
    rows = BatchGradientRows(plan, normalizer, state, options.scalar, labels,
                             options.weights_only, *backend);
  } else if (options.backend != BackendChoice::kLibtorch) {
    rows = EngineGradientRows(plan, normalizer, state, options.scalar, labels,
                              options.weights_only);
  }
  ROBBENCH_RETURN_IF_ERROR(
      rows.has_value()
          ? AddByRows(*rows, ScalarCount(options.scalar, plan.size.classes),
                      sets, pairs, sum)
          : AddByParameters(plan, normalizer, state, sets, labels, pairs,
                            options, sum));
  std::vector<at::Tensor> kernels = sum.Finish();
  // A training pass is compared by its backend.
  if (options.backend == BackendChoice::kCheck && !options.batch_statistics) {
    GradientKernelOptions reference = options;
    reference.backend = BackendChoice::kLibtorch;
    ROBBENCH_ASSIGN_OR_RETURN(const std::vector<at::Tensor> expected,
                              GradientKernels(plan, normalizer, state, sets,
                                              labels, pairs, reference));
    ROBBENCH_RETURN_IF_ERROR(CompareKernels(sets, pairs, kernels, expected));
  }
  return kernels;
}

}  // namespace robbench
