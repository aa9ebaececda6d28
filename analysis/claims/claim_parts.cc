#include "analysis/claims/claim_parts.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/claims/decide_claim.h"
#include "analysis/table/metric_name.h"
#include "analysis/text/number_format.h"
#include "training/attack_suite.pb.h"

namespace robbench {
namespace {

const Column* FindStrongest(const BenchmarkTable& table,
                            const std::string& dataset, bool pgd) {
  const Column* found = nullptr;
  double most = 0;
  for (const Column* column : table.Columns(dataset, Column::ACCURACY)) {
    const Attack& attack = column->attack();
    if (pgd ? !attack.has_pgd() : !attack.has_fgsm()) continue;
    const double epsilon =
        pgd ? attack.pgd().epsilon() : attack.fgsm().epsilon();
    if (epsilon <= most) continue;
    most = epsilon;
    found = column;
  }
  return found;
}

std::string SeedsText(size_t seeds) {
  if (seeds == 1) return "one seed";
  return absl::StrCat("means over ", seeds, " seeds");
}

}  // namespace

const Column* FindClean(const BenchmarkTable& table,
                        const std::string& dataset) {
  return table.Find(dataset, "clean");
}

const Column* FindAutoAttack(const BenchmarkTable& table,
                             const std::string& dataset) {
  return table.Find(dataset, "autoattack");
}

const Column* FindStrongestPgd(const BenchmarkTable& table,
                               const std::string& dataset) {
  return FindStrongest(table, dataset, /*pgd=*/true);
}

const Column* FindStrongestFgsm(const BenchmarkTable& table,
                                const std::string& dataset) {
  return FindStrongest(table, dataset, /*pgd=*/false);
}

const Distribution* FindDistribution(const Statistics& statistics,
                                     const ColumnKey& key) {
  for (const Distribution& box : statistics.distributions()) {
    if (box.column().dataset() == key.dataset() &&
        box.column().metric() == key.metric()) {
      return &box;
    }
  }
  return nullptr;
}

std::string ProtocolOf(const BenchmarkTable& table, const Column& column) {
  if (column.kind() == Column::STANDARD_ACCURACY) {
    return absl::StrCat(MetricLabel(column),
                        ", published by Jung et al. (2023), by whose README "
                        "the attack is at ε = 1/255");
  }
  bool published = false;
  for (const Benchmark& benchmark : table.proto().benchmarks()) {
    published |= benchmark.dataset().name() == column.key().dataset() &&
                 benchmark.published();
  }
  std::vector<std::string> words = {published ? "published" : "run here"};
  const size_t seeds =
      column.has_mean_of() ? column.mean_of() : column.seeds_size();
  if (seeds > 0) words.push_back(SeedsText(seeds));
  if (column.has_images()) {
    words.push_back(Grouped(column.images()) + " test images");
  }
  return absl::StrCat(MetricLabel(column), "; ", absl::StrJoin(words, ", "));
}

Estimate& AddEstimate(absl::string_view id, absl::string_view name,
                      absl::string_view unit, double value,
                      const std::vector<std::string>& datasets,
                      absl::string_view protocol, Claim::Part& part) {
  Estimate& added = *part.add_evidence();
  added.set_id(std::string(id));
  added.set_name(std::string(name));
  added.set_unit(std::string(unit));
  added.set_value(value);
  for (const std::string& dataset : datasets) added.add_datasets(dataset);
  added.set_protocol(std::string(protocol));
  return added;
}

Estimate& AddSpearman(const BenchmarkTable& table, const Correlation& found,
                      const Column& one, const Column& two,
                      absl::string_view id, Claim::Part& part) {
  std::vector<std::string> datasets = {one.key().dataset()};
  if (two.key().dataset() != datasets[0]) {
    datasets.push_back(two.key().dataset());
  }
  Estimate& added = AddEstimate(
      id, "Spearman's coefficient", "coefficient", found.spearman(), datasets,
      absl::StrCat("over ", Grouped(found.cells()), " cells; ",
                   ProtocolOf(table, one), " / ", ProtocolOf(table, two)),
      part);
  if (found.has_spearman_low()) {
    added.set_low(found.spearman_low());
    added.set_high(found.spearman_high());
    added.set_interval(kBonettWright);
  }
  return added;
}

Claim NewClaim(absl::string_view id, absl::string_view statement,
               absl::string_view source, absl::string_view figure) {
  Claim claim;
  claim.set_id(std::string(id));
  claim.set_statement(std::string(statement));
  claim.set_source(std::string(source));
  if (!figure.empty()) claim.set_figure(std::string(figure));
  return claim;
}

Claim::Part& AddPart(const std::string& scope, const std::string& reason,
                     Claim::Part part, Claim& claim) {
  part.set_scope(scope);
  part.set_verdict(PartVerdict(claim.rule(), part));
  part.set_reason(reason);
  *claim.add_parts() = std::move(part);
  return *claim.mutable_parts(claim.parts_size() - 1);
}

Claim Decided(absl::string_view why_not, Claim claim) {
  claim.set_verdict(JoinedVerdict(claim));
  claim.set_reason(
      claim.parts().empty()
          ? std::string(why_not)
          : absl::StrCat(
                absl::StrJoin(claim.parts(), "; ",
                              [](std::string* out, const Claim::Part& part) {
                                absl::StrAppend(out, part.scope(), ": ",
                                                part.reason());
                              }),
                "."));
  return claim;
}

}  // namespace robbench
