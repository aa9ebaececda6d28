// Reads any text as each of the specs that training reads. A suite is checked
// as well.
#include <cstddef>
#include <cstdint>
#include <string>

#include "nas/base/fuzz.h"
#include "nas/base/text_proto.h"
#include "training/attack_suite.pb.h"
#include "training/dataset_spec.pb.h"
#include "training/evaluation/attack_suite.h"
#include "training/recipe.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const robbench::FuzzMemoryBound bound(size);
  const std::string text = robbench::FuzzInput(data, size);
  robbench::DatasetSpec spec;
  robbench::AttackSuite suite;
  robbench::Recipe recipe;
  (void)robbench::ParseTextProto("f", text, &spec);
  if (robbench::ParseTextProto("f", text, &suite).ok() &&
      robbench::CheckAttackSuite("f", suite, 10).ok()) {
    for (const robbench::Attack& attack : suite.attacks()) {
      (void)robbench::EpsilonOf(robbench::ResolveAttack(attack, 10));
      (void)robbench::IsWhiteBox(attack);
    }
  }
  (void)robbench::ParseTextProto("f", text, &recipe);
  return 0;
}
