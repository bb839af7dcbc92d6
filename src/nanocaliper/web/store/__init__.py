"""The projects on disk: each a folder with one database and its images."""
