// The one thing that gitlab-ci-local takes from Node.js 22, for those before it.
Set.prototype.union ??= function (other) {
  return new Set([...this, ...other]);
};
