"""Code hosts: one sticky comment on a pull or merge request, by the APIs of GitHub and GitLab."""
