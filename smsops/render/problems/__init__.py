"""Problems of manifests in every format."""
