#include "training/evaluation/image_results.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "nas/base/safetensors.h"

namespace robbench {
namespace {

template <typename Number>
absl::string_view BytesOf(const std::vector<Number>& numbers) {
  return absl::string_view(reinterpret_cast<const char*>(numbers.data()),
                           numbers.size() * sizeof(Number));
}

}  // namespace

std::string SerializeImageResults(const ImageResults& results,
                                  const EvaluationRecord& record) {
  const int64_t images = static_cast<int64_t>(results.labels.size());
  std::map<std::string, TensorEntry> entries;
  entries["logits"] = {
      DType::kF32, {images, results.classes}, BytesOf(results.logits)};
  entries["labels"] = {DType::kI64, {images}, BytesOf(results.labels)};
  for (const auto& [name, attack] : results.attacks) {
    entries[absl::StrCat("predictions/", name)] = {
        DType::kI64, {images}, BytesOf(attack.predictions)};
    entries[absl::StrCat("survivors/", name)] = {
        DType::kBool, {images}, attack.survivors};
  }
  const std::string names = absl::StrJoin(
      record.attacks(), ",", [](std::string* out, const AttackResult& result) {
        absl::StrAppend(out, result.name());
      });
  return WriteSafetensors(entries,
                          {{"attacks", names},
                           {"cell", absl::StrCat(record.cell().index())},
                           {"dataset", record.dataset()},
                           {"seed", absl::StrCat(record.seed())},
                           {"suite", record.suite()}});
}

}  // namespace robbench
